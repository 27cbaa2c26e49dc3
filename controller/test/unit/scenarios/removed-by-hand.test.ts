import { describe, expect, test } from '@jest/globals';
import { terminateInstances } from '../../../sandbox/aws/instances.ts';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { checkNoneEmpty } from '../../../sandbox/checks/leftovers.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  deployment,
  eventMessages,
  livingInstances,
  MINUTE_MS,
  provisioner,
  runningCluster,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const PODS = 6;

/** Six running pods on one node, and a controller that has settled: it no longer looks every ten seconds. */
async function settledCluster(): Promise<VirtualCluster> {
  const cluster = await runningCluster(
    [provisioner('default'), deployment('web', PODS)],
    { pods: PODS },
    new VirtualCluster(),
  );
  await cluster.pass(10 * MINUTE_MS);
  expect(cluster.store.list('Node').length).toBe(1);
  return cluster;
}

const nodeOf = (cluster: VirtualCluster) => cluster.store.list('Node')[0]?.metadata ?? { name: '' };
const machineOf = (cluster: VirtualCluster) => cluster.store.list('Machine')[0]?.metadata ?? { name: '' };
const evictions = (cluster: VirtualCluster) =>
  (cluster.incarnations.at(-1)?.effects ?? []).filter((effect) => effect.startsWith('evict'));

/** Pods that run on a node that is there: one whose node has vanished says Running until somebody collects it. */
function runningPods(cluster: VirtualCluster): number {
  const nodes = new Set(cluster.store.list('Node').map(({ metadata }) => metadata.name));
  return cluster.pods('Running').filter(({ spec }) => nodes.has(Object(spec).nodeName)).length;
}

/** All pods run on other nodes, nothing of the old node is left. */
async function expectRecovery(cluster: VirtualCluster, nodeUid: string | undefined, withinMs: number): Promise<void> {
  const isOver = () =>
    runningPods(cluster) === PODS &&
    cluster.store.list('Node').every(({ metadata }) => metadata.uid !== nodeUid) &&
    livingInstances(cluster) === cluster.store.list('Machine').length &&
    checkNoneEmpty(cluster.store).length === 0;
  expect(await cluster.until(isOver, withinMs)).toBe(true);
  await cluster.pass(MINUTE_MS);
  expect(cluster.pods('Running').length).toBe(PODS);
  expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
  expect(checkNoneEmpty(cluster.store)).toEqual([]);
}

describe('a thing that somebody removes by hand', () => {
  test(
    'kubectl delete node drains it, ends its instance and Machine, and its pods get a new node',
    async () => {
      const cluster = await settledCluster();
      const { name, uid } = nodeOf(cluster);
      cluster.store.delete('Node', name);
      await expectRecovery(cluster, uid, 2 * MINUTE_MS);
      expect(evictions(cluster).length).toBe(PODS);
    },
    TEST_MS_MAX,
  );

  test(
    'kubectl delete machine does the same',
    async () => {
      const cluster = await settledCluster();
      const { uid } = nodeOf(cluster);
      cluster.store.delete('Machine', machineOf(cluster).name);
      await expectRecovery(cluster, uid, 2 * MINUTE_MS);
      expect(evictions(cluster).length).toBe(PODS);
    },
    TEST_MS_MAX,
  );

  test(
    'an instance that is terminated behind our back takes its Node along within two minutes, and its pods get a new one',
    async () => {
      const cluster = await settledCluster();
      const { uid } = nodeOf(cluster);
      const [instance] = Object.values(cluster.model.state.instances);
      terminateInstances(cluster.model, [instance?.id ?? '']);
      const isNodeGone = () => cluster.store.list('Node').every(({ metadata }) => metadata.uid !== uid);
      expect(await cluster.until(isNodeGone, 2 * MINUTE_MS)).toBe(true);
      await expectRecovery(cluster, uid, 3 * MINUTE_MS);
    },
    TEST_MS_MAX,
  );

  test(
    'an instance that is terminated while its Machine drains holds neither Node nor Machine',
    async () => {
      const cluster = await settledCluster();
      const { uid } = nodeOf(cluster);
      cluster.store.create('PodDisruptionBudget', {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'hold', namespace: 'default' },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'web' } } },
      });
      cluster.store.delete('Machine', machineOf(cluster).name);
      await cluster.pass(MINUTE_MS);
      expect(cluster.pods('Running').length).toBe(PODS);
      terminateInstances(
        cluster.model,
        Object.values(cluster.model.state.instances).map(({ id }) => id),
      );
      const isGone = () =>
        cluster.store.list('Node').every(({ metadata }) => metadata.uid !== uid) &&
        cluster.launches()[0]?.endedAtMs !== undefined;
      expect(await cluster.until(isGone, 2 * MINUTE_MS)).toBe(true);
      await expectRecovery(cluster, uid, 5 * MINUTE_MS);
    },
    TEST_MS_MAX,
  );

  test(
    'a Node that is torn out with its finalizer does not leave its instance running',
    async () => {
      const cluster = await settledCluster();
      const { name, uid } = nodeOf(cluster);
      cluster.store.mergePatch('Node', name, undefined, { metadata: { finalizers: [] } });
      cluster.store.delete('Node', name);
      await expectRecovery(cluster, uid, 5 * MINUTE_MS);
      expect(cluster.launches()[0]?.endedAtMs).toBeDefined();
      expect(eventMessages(cluster, 'NodeGone').length).toBe(1);
    },
    TEST_MS_MAX,
  );

  test(
    'a Machine that is torn out with its finalizer does not leave its instance running',
    async () => {
      const cluster = await settledCluster();
      const { uid } = nodeOf(cluster);
      const { name } = machineOf(cluster);
      cluster.store.mergePatch('Machine', name, undefined, { metadata: { finalizers: [] } });
      cluster.store.delete('Machine', name);
      await expectRecovery(cluster, uid, 5 * MINUTE_MS);
    },
    TEST_MS_MAX,
  );
});
