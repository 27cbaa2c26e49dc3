import type { KubeObject } from '../../src/api/meta.ts';
import type { Pod, PodSpec } from '../kube/built-in-kinds.ts';
import type { StaticNode } from './world.ts';
import { createWorldFixture, staticNode } from './world-fixture.ts';

/** What a decision of the scheduler is taken on: Ready nodes by name, and what stands in the cluster. */
export interface Situation {
  readonly nodes: Readonly<Record<string, Partial<StaticNode>>>;
  /** Objects of any kind, in order; pods with a node name stand there. */
  readonly objects?: readonly KubeObject[];
  /** Names of pods among them that were deleted since. */
  readonly deleted?: readonly string[];
}

const READY_MS = 3000;
/** Enough for a Deployment's pods too. */
const VERDICT_MS = 1000;

/** Where each of the pods, made one after the other, is within a second: the node's name, or why there is none, without what is said of preemption. */
export async function decide(
  { nodes, objects = [], deleted = [] }: Situation,
  ...pods: readonly KubeObject[]
): Promise<readonly string[]> {
  const { store, world, pass } = createWorldFixture();
  for (const [name, node] of Object.entries(nodes)) world.addStaticNode(staticNode(name, node));
  await pass(READY_MS);
  for (const object of objects) store.create(object.kind ?? '', object);
  for (const name of deleted) store.delete('Pod', name, 'default');
  await pass(VERDICT_MS);
  for (const pod of pods) {
    store.create('Pod', pod);
    await pass(VERDICT_MS);
  }
  return pods.map(({ metadata }) => fateOf(store.get('Pod', metadata.name, metadata.namespace ?? 'default') as Pod));
}

function fateOf({ spec, status }: Pod): string {
  if ((spec.nodeName ?? '') !== '') return spec.nodeName ?? '';
  const verdict = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return (verdict?.message ?? 'no verdict').split('. preemption')[0] ?? '';
}

/** Nodes of these names, each in the zone that its name begins with: `b2` stands in us-east-1b. */
export function zonedNodes(...names: readonly string[]): Situation['nodes'] {
  return Object.fromEntries(names.map((name) => [name, { zone: `us-east-1${name[0]}` }]));
}

/** A node affinity that requires a label to have one of the values. */
export function requiring(key: string, ...values: readonly string[]): Pick<PodSpec, 'affinity'> {
  const nodeSelectorTerms = [{ matchExpressions: [{ key, operator: 'In', values }] }];
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}
