import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { daemonSet, deployment, MINUTE_MS, provisioner, runningCluster, TEST_MS_MAX } from './scenario-objects.ts';

const IDLE_MINUTES = 10;
/** Questions to AWS and Kubernetes besides watches, with three nodes: a review of the selectors and a look at the instances now and then. */
const READS_PER_MINUTE_MAX = 10;

/** Versions of everything that the controller writes. */
function versions(cluster: VirtualCluster): readonly string[] {
  return ['Provisioner', 'AWSNodeTemplate', 'Machine', 'Node'].flatMap((kind) =>
    cluster.store.list(kind).map(({ metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`),
  );
}

describe('a cluster in which nothing happens', () => {
  test(
    'is left in peace: no write, and few questions',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('AWSNodeTemplate', {
        apiVersion: 'karpenter.k8s.aws/v1alpha1',
        kind: 'AWSNodeTemplate',
        metadata: { name: 'nodes' },
        spec: {
          subnetSelector: { 'karpenter.sh/discovery': 'demo' },
          securityGroupSelector: { 'karpenter.sh/discovery': 'demo' },
        },
      });
      const objects = [
        daemonSet('agent'),
        provisioner('default', { providerRef: { name: 'nodes' }, ttlSecondsUntilExpired: 86_400 }),
        provisioner('broken', { providerRef: { name: 'missing' } }),
        deployment('web', 40),
      ];
      await runningCluster(objects, { pods: 40 }, cluster);
      // The garbage collector's brisk minutes after a start are no rest yet.
      await cluster.pass(10 * MINUTE_MS);
      expect(cluster.store.list('Node').length).toBeGreaterThan(1);
      const [controller] = cluster.incarnations;
      const [effects, reads, before] = [controller?.effects.length, controller?.reads.length ?? 0, versions(cluster)];
      await cluster.pass(IDLE_MINUTES * MINUTE_MS);

      expect(versions(cluster)).toEqual(before);
      expect(controller?.effects.slice(effects)).toEqual([]);
      const asked = controller?.reads.slice(reads) ?? [];
      expect(asked.length / IDLE_MINUTES).toBeLessThan(READS_PER_MINUTE_MAX);
      expect(cluster.log.filter(({ level, atMs }) => level !== 'debug' && atMs > 12 * MINUTE_MS)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
