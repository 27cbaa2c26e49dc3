import { checkInstances, type LaunchRecord } from '../../sandbox/checks/instances.ts';
import { checkNoneEmpty, checkNothingLeft } from '../../sandbox/checks/leftovers.ts';
import { checkPlacement } from '../../sandbox/checks/placement.ts';
import type { ObjectStore } from '../../sandbox/kube/object-store.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { TERMINATION_FINALIZER } from '../../src/api/names.ts';
import { until } from '../until.ts';
import type { RealCluster } from './real-cluster.ts';

const COLLECTIONS: Readonly<Record<string, string>> = {
  Machine: '/apis/karpenter.sh/v1alpha5/machines',
  Namespace: '/api/v1/namespaces',
  Node: '/api/v1/nodes',
  Pod: '/api/v1/namespaces/default/pods',
  Provisioner: '/apis/karpenter.sh/v1alpha5/provisioners',
};
/** Lists and ledger are read one after another: what happens between them looks wrong for one look. */
const SETTLE_MS_MAX = 20_000;
/** A node that has become empty goes within its TTL, a drain and EC2's own time. */
const EMPTY_MS_MAX = 200_000;

type Ground = Pick<RealCluster, 'controlPlane' | 'model'>;

/** Resolves when nothing is wrong: one Machine for each living instance, one instance for each Machine ever, every pod where it may be. */
export async function untilSound(cluster: Ground): Promise<void> {
  const wrong = async () => {
    const launches = launchesOf(cluster);
    const objects = await copyOf(cluster);
    return [...checkInstances(objects, launches), ...checkPlacement(objects)];
  };
  await until('nothing is doubled, lost or misplaced', wrong, (each) => each.length === 0, SETTLE_MS_MAX);
}

/** Resolves when no node and no Machine is there for nothing. */
export async function untilNoneEmpty(cluster: Ground): Promise<void> {
  const empty = async () => checkNoneEmpty(await copyOf(cluster));
  await until('no node or Machine is there for nothing', empty, (each) => each.length === 0, EMPTY_MS_MAX);
}

/** What is left of the controller's doing, in words: nodes, Machines and instances, and every object that its finalizer holds. */
export async function leftOf(cluster: Ground): Promise<readonly string[]> {
  const objects = await copyOf(cluster);
  const held = ['Machine', 'Node']
    .flatMap((kind) => objects.list(kind))
    .filter(({ metadata }) => metadata.finalizers?.includes(TERMINATION_FINALIZER))
    .map(({ kind, metadata }) => `${kind} ${metadata.name} has our finalizer`);
  return [...checkNothingLeft(objects, launchesOf(cluster)), ...held];
}

/** Every launch so far, in the words of the checks; one on its way out has ended. */
function launchesOf({ model }: Ground): readonly LaunchRecord[] {
  return model.ledger().map((launch) => {
    const state = model.state.instances[launch.instanceId]?.state;
    const isLiving = state === 'pending' || state === 'running';
    return { ...launch, ...(isLiving ? {} : { endedAtMs: Date.now() }) };
  });
}

/** The cluster's objects as they stand now, for checks that read a store. */
async function copyOf({ controlPlane }: Ground): Promise<ObjectStore> {
  const lists = await Promise.all(
    Object.entries(COLLECTIONS).map(async ([kind, path]) => {
      const { status, body } = await controlPlane.request('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(body.message)}`);
      // Lists leave out what each item is.
      return [kind, (body.items as readonly KubeObject[]).map((item) => ({ ...item, kind }))] as const;
    }),
  );
  const byKind = new Map<string, readonly KubeObject[]>(lists);
  const list: ObjectStore['list'] = (kind, namespace) => {
    const all = byKind.get(kind);
    if (all === undefined) throw new Error(`the copy has no ${kind}s`);
    return all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  };
  const refuse = (): never => {
    throw new Error('a copy of the cluster is only read');
  };
  return {
    list,
    get: (kind, name, namespace) => list(kind, namespace).find(({ metadata }) => metadata.name === name),
    create: refuse,
    update: refuse,
    mergePatch: refuse,
    delete: refuse,
    watch: refuse,
    resourceVersion: refuse,
  };
}
