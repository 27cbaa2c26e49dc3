import { describe, expect, test } from '@jest/globals';
import type { Instance } from '../../../sandbox/aws/cloud-state.ts';
import { launchInstance } from '../../../sandbox/aws/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { CLUSTER_UID_TAG, MACHINE_NAME_TAG, MACHINE_UID_TAG } from '../../../src/api/names.ts';
import {
  deployment,
  livingInstances,
  MINUTE_MS,
  provisioner,
  runningCluster,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const NO_MACHINE = { [MACHINE_NAME_TAG]: 'default-zzzzzz', [MACHINE_UID_TAG]: '0d6f0f4e-0000-4000-8000-000000000000' };

async function clusterWithOneNode(): Promise<VirtualCluster> {
  return runningCluster([provisioner('default'), deployment('web', 3)], { pods: 3 }, new VirtualCluster());
}

/** An instance as the first one, but with other tags. */
function launchLike(cluster: VirtualCluster, tags: Readonly<Record<string, string>>): Instance {
  const { model } = cluster;
  const [like] = Object.values(model.state.instances);
  const subnet = model.state.subnets.find(({ id }) => id === like?.subnetId);
  const image = model.state.images.find(({ id }) => id === like?.imageId);
  if (like === undefined || subnet === undefined || image === undefined) throw new Error('no instance to be like');
  return launchInstance(model, { ...like, priceNanoUsdPerHour: 1, subnet, image, tags: { ...like.tags, ...tags } });
}

/** Takes a Machine away past its finalizer. Its Node stays, as when a deleted CRD leaves nobody who could say that the owner is gone. */
function tearOut(cluster: VirtualCluster, machineName: string): void {
  for (const { metadata } of cluster.store.list('Node')) {
    const owners = metadata.ownerReferences?.filter(({ name }) => name !== machineName) ?? [];
    cluster.store.mergePatch('Node', metadata.name, undefined, { metadata: { ownerReferences: owners } });
  }
  cluster.store.mergePatch('Machine', machineName, undefined, { metadata: { finalizers: [] } });
  cluster.store.delete('Machine', machineName);
}

const stateOf = (cluster: VirtualCluster, { id }: Instance) => cluster.model.state.instances[id]?.state ?? 'terminated';

describe('garbage collection', () => {
  test(
    'ends an instance with our tags that has no Machine after two lists agree, not before it is 30 s old',
    async () => {
      const cluster = await clusterWithOneNode();
      cluster.faults.nodesNeverJoin = true;
      const orphan = launchLike(cluster, NO_MACHINE);
      await cluster.pass(29 * SECOND_MS);
      expect(stateOf(cluster, orphan)).toBe('running');
      expect(await cluster.until(() => stateOf(cluster, orphan) !== 'running', MINUTE_MS)).toBe(true);
      expect(livingInstances(cluster)).toBe(1);
      expect(cluster.pods('Running').length).toBe(3);
    },
    TEST_MS_MAX,
  );

  test(
    'ends it, and the Node that it became, also when the node has joined',
    async () => {
      const cluster = await clusterWithOneNode();
      launchLike(cluster, NO_MACHINE);
      await cluster.until(() => cluster.store.list('Node').length === 2, MINUTE_MS);
      expect(await cluster.until(() => cluster.store.list('Node').length === 1, 3 * MINUTE_MS)).toBe(true);
      expect(livingInstances(cluster)).toBe(1);
    },
    TEST_MS_MAX,
  );

  test(
    'never touches an instance of another cluster, whatever else its tags say',
    async () => {
      const cluster = await clusterWithOneNode();
      cluster.faults.nodesNeverJoin = true;
      const foreign = launchLike(cluster, { ...NO_MACHINE, [CLUSTER_UID_TAG]: 'a7e5ec2c-0000-4000-8000-000000000000' });
      await cluster.pass(15 * MINUTE_MS);
      expect(stateOf(cluster, foreign)).toBe('running');
    },
    TEST_MS_MAX,
  );

  test(
    'never deletes a Node whose instance has lost its tags: unknown is not absent',
    async () => {
      const cluster = await clusterWithOneNode();
      const [node] = cluster.store.list('Node');
      const [instance] = Object.values(cluster.model.state.instances);
      delete instance?.tags[CLUSTER_UID_TAG];
      const { name } = cluster.store.list('Machine')[0]?.metadata ?? { name: '' };
      await cluster.pass(5 * MINUTE_MS);
      expect(cluster.store.get('Machine', name)).toBeDefined();
      // Even without its Machine it is not ours to end: it may have been given to somebody.
      tearOut(cluster, name);
      await cluster.pass(10 * MINUTE_MS);
      expect(cluster.store.list('Node').map(({ metadata }) => metadata.uid)).toEqual([node?.metadata.uid]);
      expect(cluster.store.list('Node')[0]?.metadata.deletionTimestamp).toBeUndefined();
      expect(cluster.pods('Running').length).toBe(3);
    },
    TEST_MS_MAX,
  );

  test(
    'freezes when all Machines have vanished at once, and stays frozen when new ones are made',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default'), deployment('web', 40)],
        { pods: 40 },
        new VirtualCluster(),
      );
      await cluster.pass(MINUTE_MS);
      const before = livingInstances(cluster);
      expect(before).toBeGreaterThanOrEqual(3);
      for (const { metadata } of cluster.store.list('Machine')) tearOut(cluster, metadata.name);
      await cluster.pass(10 * MINUTE_MS);
      expect(livingInstances(cluster)).toBe(before);
      expect(cluster.pods('Running').length).toBe(40);
      expect(cluster.log.some(({ fields }) => fields['code'] === 'GarbageCollectionFrozen')).toBe(true);

      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 60 } });
      await cluster.until(() => cluster.pods('Running').length === 60, 3 * MINUTE_MS);
      await cluster.pass(10 * MINUTE_MS);
      expect(cluster.pods('Running').length).toBe(60);
      const ended = cluster.launches().filter(({ endedAtMs }) => endedAtMs !== undefined);
      expect(ended).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
