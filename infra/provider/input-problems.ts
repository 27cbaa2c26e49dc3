import { serverOf } from './cluster-api.ts';
import type { InputProblem } from './resource-kind.ts';
import { isUnknown } from './wire-values.ts';

/** Why a value is no kubeconfig that leads to a cluster; nothing when it is one, or not known yet. */
export function kubeconfigProblems(kubeconfig: unknown): readonly InputProblem[] {
  if (isUnknown(kubeconfig)) return [];
  const problem = (reason: string) => [{ property: 'kubeconfig', reason }];
  if (typeof kubeconfig !== 'string' || kubeconfig === '') return problem('must be the text of a kubeconfig');
  try {
    serverOf(kubeconfig);
    return [];
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
}
