import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  daemonSet,
  deployment,
  eventMessages,
  MINUTE_MS,
  pod,
  provisioner,
  runningCluster,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const TTL_SECONDS = 60;
const EMPTYING = { ttlSecondsAfterEmpty: TTL_SECONDS };

const nodeNames = (cluster: VirtualCluster) => cluster.store.list('Node').map(({ metadata }) => metadata.name);
const isEmptyOnRecord = (cluster: VirtualCluster) =>
  conditionOf(cluster.store.list('Machine')[0], 'MachineEmpty')?.status === 'True';

/** One node with three pods and a DaemonSet's. */
async function clusterWithOneNode(spec: Record<string, unknown> = EMPTYING): Promise<VirtualCluster> {
  const objects = [daemonSet('agent'), provisioner('default', spec), deployment('web', 3)];
  const cluster = await runningCluster(objects, { pods: 4 }, new VirtualCluster());
  expect(nodeNames(cluster).length).toBe(1);
  return cluster;
}

function scale(cluster: VirtualCluster, replicas: number): void {
  cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas } });
}

describe('a node on which nothing runs any more', () => {
  test(
    'goes after ttlSecondsAfterEmpty, not before, although a DaemonSet runs on it',
    async () => {
      const cluster = await clusterWithOneNode();
      scale(cluster, 0);
      await cluster.until(() => isEmptyOnRecord(cluster), MINUTE_MS);
      await cluster.pass((TTL_SECONDS - 2) * SECOND_MS);
      expect(nodeNames(cluster).length).toBe(1);
      expect(await cluster.until(() => nodeNames(cluster).length === 0, 15 * SECOND_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'stays when a pod comes back in time, and its time starts anew',
    async () => {
      const cluster = await clusterWithOneNode();
      scale(cluster, 0);
      await cluster.until(() => isEmptyOnRecord(cluster), MINUTE_MS);
      await cluster.pass((TTL_SECONDS - 10) * SECOND_MS);
      scale(cluster, 1);
      await cluster.pass(5 * SECOND_MS);
      scale(cluster, 0);
      await cluster.until(() => isEmptyOnRecord(cluster), MINUTE_MS);
      await cluster.pass((TTL_SECONDS - 5) * SECOND_MS);
      expect(nodeNames(cluster).length).toBe(1);
      expect(await cluster.until(() => nodeNames(cluster).length === 0, 20 * SECOND_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'stays while it is annotated karpenter.sh/do-not-disrupt, and says so',
    async () => {
      const cluster = await clusterWithOneNode();
      const [name = ''] = nodeNames(cluster);
      const annotate = (value: string | null) =>
        cluster.store.mergePatch('Node', name, undefined, {
          metadata: { annotations: { 'karpenter.sh/do-not-disrupt': value } },
        });
      annotate('true');
      scale(cluster, 0);
      await cluster.pass(10 * MINUTE_MS);
      expect(nodeNames(cluster)).toEqual([name]);
      expect(eventMessages(cluster, 'DeprovisioningBlocked').join()).toContain('do-not-disrupt');
      annotate(null);
      expect(await cluster.until(() => nodeNames(cluster).length === 0, MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'goes on time although the controller was started anew meanwhile: the timer is on the object',
    async () => {
      const cluster = await clusterWithOneNode();
      scale(cluster, 0);
      await cluster.until(() => isEmptyOnRecord(cluster), MINUTE_MS);
      const sinceMs = cluster.timers.nowMs();
      for (let restart = 0; restart < 3; restart += 1) {
        await cluster.pass(15 * SECOND_MS);
        cluster.kill();
        cluster.startController();
      }
      expect(await cluster.until(() => nodeNames(cluster).length === 0, MINUTE_MS)).toBe(true);
      const afterMs = cluster.timers.nowMs() - sinceMs;
      expect(afterMs).toBeGreaterThan((TTL_SECONDS - 2) * SECOND_MS);
      expect(afterMs).toBeLessThan((TTL_SECONDS + 15) * SECOND_MS);
    },
    TEST_MS_MAX,
  );

  test(
    'stays while a pending pod is expected on it, and goes when nobody is expected any more',
    async () => {
      const cluster = await clusterWithOneNode();
      const [name] = nodeNames(cluster);
      scale(cluster, 0);
      // Pods that are stopping still hold their room.
      await cluster.until(() => cluster.store.list('Pod').length === 1, MINUTE_MS);
      await cluster.pass(SECOND_MS);
      // A scheduler that has said no once and takes its time to look again.
      cluster.store.create('Pod', pod('late', { schedulerName: 'slow' }));
      const verdict = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node yet' };
      const status = { phase: 'Pending', conditions: [verdict] };
      cluster.store.mergePatch('Pod', 'late', 'default', { status }, { subresource: 'status' });
      await cluster.pass(10 * MINUTE_MS);
      expect(nodeNames(cluster)).toEqual([name]);
      expect(eventMessages(cluster, 'DeprovisioningBlocked').join()).toContain('default/late');

      cluster.store.delete('Pod', 'late', 'default');
      expect(await cluster.until(() => nodeNames(cluster).length === 0, 2 * TTL_SECONDS * SECOND_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'stays when its Provisioner does not ask for its removal',
    async () => {
      const objects = [{ ...provisioner('default'), spec: { provider: {} } }, deployment('web', 3)];
      const cluster = await runningCluster(objects, { pods: 3 }, new VirtualCluster());
      scale(cluster, 0);
      await cluster.pass(30 * MINUTE_MS);
      expect(nodeNames(cluster).length).toBe(1);
    },
    TEST_MS_MAX,
  );
});
