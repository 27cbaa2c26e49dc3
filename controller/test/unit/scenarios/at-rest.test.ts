import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { PROVISIONER_NAME_LABEL } from '../../../src/api/names.ts';
import { daemonSet, deployment, MINUTE_MS, provisioner, runningCluster, TEST_MS_MAX } from './scenario-objects.ts';

const IDLE_MINUTES = 10;
/** Questions to AWS and Kubernetes besides watches, with three nodes: a review of the selectors and a look at the instances now and then. */
const READS_PER_MINUTE_MAX = 10;

/** Calls of a controller at rest, as the load suite asks for them of a real API server. */
const WRITES_PER_MINUTE_MAX = 10;
/** How often a node of the next story changes its mind, and for how long. */
const FLAP_MS = 2_000;
const FLAPPING_MINUTES = 5;
/** How long the count of ready nodes may be behind. */
const BEHIND_MS_MAX = 15_000;

/** Says in place of its kubelet, late with its heartbeats, whether a node is ready. */
function sayReady({ store }: VirtualCluster, nodeName: string, status: 'True' | 'Unknown'): void {
  const { conditions = [] } = Object(store.get('Node', nodeName)?.status) as { conditions?: { type: string }[] };
  const others = conditions.filter(({ type }) => type !== 'Ready');
  const body = { status: { conditions: [...others, { type: 'Ready', status }] } };
  store.mergePatch('Node', nodeName, undefined, body, { subresource: 'status' });
}

/** Versions of everything that the controller writes. */
function versions(cluster: VirtualCluster): readonly string[] {
  return ['Provisioner', 'AWSNodeTemplate', 'Machine', 'Node'].flatMap((kind) =>
    cluster.store.list(kind).map(({ metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`),
  );
}

describe('a cluster in which nobody wants anything', () => {
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

  test(
    'writes few times a minute how many nodes are ready when one is late with its heartbeats by turns',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default', {}), deployment('web', 1)],
        { pods: 1 },
        new VirtualCluster(),
      );
      const [node] = cluster.store.list('Node').filter(({ metadata }) => metadata.labels?.[PROVISIONER_NAME_LABEL]);
      const name = node?.metadata.name ?? '';
      await cluster.pass(MINUTE_MS);
      const ready = () => (Object(cluster.store.get('Provisioner', 'default')?.status) as { ready?: number }).ready;
      expect(ready()).toBe(1);

      let writes = 0;
      cluster.store.watch('Provisioner', () => {
        writes += 1;
      });
      for (let flaps = 0; flaps < (FLAPPING_MINUTES * MINUTE_MS) / FLAP_MS; flaps += 1) {
        sayReady(cluster, name, flaps % 2 === 0 ? 'Unknown' : 'True');
        await cluster.pass(FLAP_MS);
      }
      expect(writes / FLAPPING_MINUTES).toBeLessThan(WRITES_PER_MINUTE_MAX);

      sayReady(cluster, name, 'Unknown');
      expect(await cluster.until(() => ready() === 0, BEHIND_MS_MAX)).toBe(true);
      sayReady(cluster, name, 'True');
      expect(await cluster.until(() => ready() === 1, BEHIND_MS_MAX)).toBe(true);
    },
    TEST_MS_MAX,
  );
});
