import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { JsonInput } from './json-input.ts';

/** One action of EKS. Parts of the path that begin with a colon are parameters. */
export interface EksRoute {
  readonly action: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: readonly string[];
  answer(model: CloudModel, request: EksRequest): object;
}

/** What a route reads: decoded parts of the path, the body, the query. */
export interface EksRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly input: JsonInput;
  readonly query: URLSearchParams;
}

/** Throws ResourceNotFoundException unless the name is that of the account's one cluster. */
export function requireCluster({ state }: CloudModel, name = ''): void {
  if (name === state.cluster.name) return;
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
}

/** EKS counts time in seconds. */
export function epochSeconds(ms: number): number {
  return ms / 1_000;
}
