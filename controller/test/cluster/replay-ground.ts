import type { NodeManifest, PodManifest } from '../../bench/problem/problem-file.ts';
import { nameOf } from '../../bench/validator/standing.ts';
import { HOSTNAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import type { ControlPlane } from './control-plane.ts';
import { type Condition, createObject, patchObject } from './live-object.ts';
import { livePod } from './replay-objects.ts';

/** An API server that a kube-scheduler works at, and nobody else. */
export type Ground = Pick<ControlPlane, 'request'>;

/** Requests under way at a time: the API server is on the same two cores. */
const REQUESTS_MAX = 8;
const WAIT_MS_MAX = 120_000;
const LOOK_EVERY_MS = 10;
/** Nothing changes any more when nothing has for so long: a pod that was refused is tried again when another is bound, at once. */
const QUIET_MS = 3_000;
const HOLD = 'replay.test/hold';

interface ListedPod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly Condition[] };
}

/** Does it for each, a few at a time. */
async function forEach<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: REQUESTS_MAX }, work));
}

/** Makes the nodes Ready, and resolves when the scheduler has seen them and all that was done before. */
export async function addNodes(ground: Ground, nodes: readonly NodeManifest[]): Promise<void> {
  await forEach(nodes, async (node) => {
    const { creationTimestamp: _its, ...metadata } = node.metadata;
    await createObject(ground, '/api/v1/nodes', { ...node, metadata });
    // Admission taints a node that comes as not ready; nobody is here to take that off when it is.
    await patchObject(ground, `/api/v1/nodes/${metadata.name}`, { spec: { taints: node.spec?.taints ?? [] } });
  });
  const last = nodes.findLast(({ spec }) => spec?.unschedulable !== true);
  if (last !== undefined) await untilSeen(ground, last);
}

/** The scheduler binds a pod to a node only when it knows the node, and reads of pods and of nodes in their order. */
async function untilSeen(ground: Ground, { metadata: { name, labels = {} } }: NodeManifest): Promise<void> {
  const witness: PodManifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'witness', namespace: 'kube-system' },
    spec: {
      containers: [{ name: 'main', image: 'witness:1' }],
      nodeSelector: { [HOSTNAME_LABEL]: labels[HOSTNAME_LABEL] ?? name },
      tolerations: [{ operator: 'Exists' }],
    },
  };
  await addPods(ground, [witness]);
  await until(
    `the scheduler has seen node ${name}`,
    () => ground.request('GET', pathOf(witness)),
    ({ body }) => (body.spec as ListedPod['spec']).nodeName !== undefined,
    WAIT_MS_MAX,
    LOOK_EVERY_MS,
  );
  await remove(ground, pathOf(witness));
}

/** Creates the pods: for the scheduler to bind, or bound where they say so. */
export async function addPods(ground: Ground, pods: readonly PodManifest[]): Promise<void> {
  await forEach(pods, (pod) => createObject(ground, collectionOf(pod), livePod(pod)));
}

/**
 * Has the scheduler take the pods one after another, and try this node first for each: it binds there if it may. One at a time, because it
 * counts pods that are nominated to a node as if they were there already, in spreads too.
 */
export async function bindInOrder(
  ground: Ground,
  pods: readonly { readonly pod: PodManifest; readonly nodeName: string }[],
): Promise<void> {
  await forEach(pods, ({ pod }) => {
    const live = livePod(pod);
    return createObject(ground, collectionOf(pod), {
      ...live,
      spec: { ...live.spec, schedulingGates: [{ name: HOLD }] },
    });
  });
  for (const { pod, nodeName } of pods) {
    await patchObject(ground, `${pathOf(pod)}/status`, { status: { nominatedNodeName: nodeName } });
    await patchObject(ground, pathOf(pod), { spec: { schedulingGates: null } });
    await until(
      `the scheduler has taken ${nameOf(pod)}`,
      () => ground.request('GET', pathOf(pod)),
      ({ body }) => isJudged(body as unknown as ListedPod),
      WAIT_MS_MAX,
      LOOK_EVERY_MS,
    );
  }
}

/** What became of the pods. */
export interface Outcome {
  /** By pod. */
  readonly nodeNames: ReadonlyMap<string, string>;
  /** What the scheduler says of those that it could not bind. */
  readonly pending: Readonly<Record<string, string>>;
}

/** Resolves when the scheduler has looked at every pod; returns by pod the nodes of those that it has bound. */
export async function untilJudged(ground: Ground): Promise<Outcome['nodeNames']> {
  const pods = await until(
    'the scheduler has looked at every pod',
    () => list<ListedPod>(ground, '/api/v1/pods'),
    (all) => all.every(isJudged),
    WAIT_MS_MAX,
    LOOK_EVERY_MS,
  );
  return nodeNamesOf(pods);
}

/** Resolves when every pod is bound, or the scheduler has refused those that are not and does no more. */
export async function untilSettled(ground: Ground): Promise<Outcome> {
  let leftBefore = Number.NaN;
  let changedAtMs = 0;
  const pending = await until(
    'the scheduler is done',
    () => list<ListedPod>(ground, '/api/v1/pods?fieldSelector=spec.nodeName%3D'),
    (left) => {
      if (left.length !== leftBefore) [leftBefore, changedAtMs] = [left.length, performance.now()];
      const isQuiet = performance.now() - changedAtMs > QUIET_MS;
      return left.length === 0 || (isQuiet && left.every(isJudged));
    },
    WAIT_MS_MAX,
    LOOK_EVERY_MS,
  );
  const all = await list<ListedPod>(ground, '/api/v1/pods');
  return {
    nodeNames: nodeNamesOf(all),
    pending: Object.fromEntries(pending.map((pod) => [listedName(pod), refusalOf(pod) ?? ''])),
  };
}

function nodeNamesOf(pods: readonly ListedPod[]): Outcome['nodeNames'] {
  return new Map(
    pods.flatMap((pod) => (pod.spec.nodeName === undefined ? [] : [[listedName(pod), pod.spec.nodeName] as const])),
  );
}

/** Removes all pods and nodes. */
export async function clear(ground: Ground): Promise<void> {
  const pods = await list<ListedPod>(ground, '/api/v1/pods');
  await forEach(pods, ({ metadata: { name, namespace } }) =>
    remove(ground, `/api/v1/namespaces/${namespace}/pods/${name}`),
  );
  const nodes = await list<ListedPod>(ground, '/api/v1/nodes');
  await forEach(nodes, ({ metadata: { name } }) => remove(ground, `/api/v1/nodes/${name}`));
}

/** Bound, or refused. */
function isJudged(pod: ListedPod): boolean {
  return pod.spec.nodeName !== undefined || refusalOf(pod) !== undefined;
}

function refusalOf({ status }: ListedPod): string | undefined {
  return status.conditions?.find(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')?.message;
}

function listedName({ metadata: { namespace, name } }: ListedPod): string {
  return `${namespace}/${name}`;
}

function collectionOf(pod: PodManifest): string {
  return `/api/v1/namespaces/${nameOf(pod).split('/')[0]}/pods`;
}

function pathOf(pod: PodManifest): string {
  return `${collectionOf(pod)}/${pod.metadata.name}`;
}

async function list<T>({ request }: Ground, path: string): Promise<readonly T[]> {
  const { status, body } = await request('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(body.message)}`);
  return body.items as readonly T[];
}

/** At once: no kubelet is here to end a pod gracefully. */
async function remove({ request }: Ground, path: string): Promise<void> {
  const { status, body } = await request('DELETE', `${path}?gracePeriodSeconds=0`);
  if (status !== 200 && status !== 404) throw new Error(`DELETE ${path}: ${status} ${String(body.message)}`);
}
