import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { INSTANCE_TYPE_LABEL } from '../../../src/api/names.ts';
import type { TaintSpec as Taint } from '../../../src/api/provisioner.gen.ts';
import {
  daemonSet,
  deployment,
  eventMessages,
  eventsOf,
  MINUTE_MS,
  provisioner,
  TEST_MS_MAX,
} from './scenario-objects.ts';

/** What somebody else's controller puts on each node that joins. */
const FOREIGN_LABEL = 'feature.example.com/found';

/** What fits in beside it on the smallest node. */
const SMALL = [{ name: 'main', image: 'pause', resources: { requests: { cpu: '900m' } } }];

/** Runs on nodes with the foreign label, which nobody foresees, and takes a whole cpu of each. */
function finder(): KubeObject {
  const daemons = daemonSet('finder');
  const template = {
    metadata: { labels: { app: 'finder' } },
    spec: {
      nodeSelector: { [FOREIGN_LABEL]: 'true' },
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '1' } } }],
    },
  };
  return { ...daemons, spec: { ...Object(daemons['spec']), template } };
}

/** Keeps pods off a node until the finder is there: else the pod that the node was bought for may come first. */
const STARTUP_TAINT = { key: 'example.com/unknown', effect: 'NoSchedule' };

/** What the finder's controller would do: labels nodes that join, and lets pods onto those where the finder is. */
function playFinder({ store }: VirtualCluster): void {
  const open = (nodeName: string) => {
    const { taints = [] } = Object(store.get('Node', nodeName)?.['spec']) as { readonly taints?: readonly Taint[] };
    const others = taints.filter(({ key }) => key !== STARTUP_TAINT.key);
    if (others.length < taints.length) store.mergePatch('Node', nodeName, undefined, { spec: { taints: others } });
  };
  store.watch('Node', ({ type, object: { metadata } }) => {
    const labels = { [FOREIGN_LABEL]: 'true' };
    if (type === 'ADDED') store.mergePatch('Node', metadata.name, undefined, { metadata: { labels } });
    if (store.get('DaemonSet', 'finder', 'default') === undefined) open(metadata.name);
  });
  store.watch('Pod', ({ object }) => {
    const { nodeName } = Object(object['spec']) as { readonly nodeName?: string };
    if (object.metadata.labels?.['app'] === 'finder' && nodeName !== undefined) open(nodeName);
  });
}

function madeOf(types: readonly string[], spec: Record<string, unknown>): Record<string, unknown> {
  const requirements = [{ key: INSTANCE_TYPE_LABEL, operator: 'In', values: types }];
  return { requirements, startupTaints: [STARTUP_TAINT], ...spec };
}

function clusterOf(types: readonly string[], spec: Record<string, unknown> = {}): VirtualCluster {
  const cluster = new VirtualCluster();
  playFinder(cluster);
  cluster.store.create('DaemonSet', finder());
  cluster.store.create('Provisioner', provisioner('default', madeOf(types, spec)));
  cluster.store.create('Deployment', deployment('web', 1));
  return cluster;
}

const typesBought = (cluster: VirtualCluster) => cluster.model.ledger().map(({ instanceType }) => instanceType);
const running = (cluster: VirtualCluster) =>
  cluster.pods('Running').filter(({ metadata }) => metadata.labels?.['app'] !== 'finder').length;

// github.com/kubernetes-sigs/karpenter/issues/1185, 1749; github.com/aws/karpenter-provider-aws/issues/1573
describe('nodes that hold less than was promised', () => {
  test(
    'are bought twice for a pod, then the next larger type is, and its Provisioner tells why',
    async () => {
      const cluster = clusterOf(['m5.large', 'm5.xlarge']);
      cluster.startController();
      expect(await cluster.until(() => running(cluster) === 1, 15 * MINUTE_MS)).toBe(true);
      await cluster.pass(5 * MINUTE_MS);
      expect(typesBought(cluster)).toEqual(['m5.large', 'm5.large', 'm5.xlarge']);
      const [message] = eventMessages(cluster, 'NodesTooSmall');
      expect(message).toContain('m5.large');
      expect(message).toContain('cpu 930m');

      // What is known holds for all that ask for as much, and for nobody who asks for less.
      cluster.store.create('Deployment', deployment('more', 3));
      const nodeSelector = { [INSTANCE_TYPE_LABEL]: 'm5.large' };
      cluster.store.create('Deployment', deployment('small', 1, { containers: SMALL, nodeSelector }));
      expect(await cluster.until(() => running(cluster) === 5, 15 * MINUTE_MS)).toBe(true);
      expect(
        typesBought(cluster)
          .slice(3)
          .filter((type) => type === 'm5.large'),
      ).toEqual(['m5.large']);
    },
    TEST_MS_MAX,
  );

  test(
    'are not bought any more where there is no larger type, which the pod tells, until the spec changes',
    async () => {
      const cluster = clusterOf(['m5.large']);
      cluster.startController();
      await cluster.pass(30 * MINUTE_MS);
      expect(typesBought(cluster)).toEqual(['m5.large', 'm5.large']);
      expect(
        eventsOf(cluster, 'NodesTooSmall').map((event) => Object(event['regarding'] ?? event['involvedObject']).kind),
      ).toContain('Pod');

      // It holds up nobody who would share a node with it.
      cluster.store.create('Deployment', deployment('small', 1, { containers: SMALL }));
      expect(await cluster.until(() => running(cluster) === 1, 15 * MINUTE_MS)).toBe(true);
      expect(typesBought(cluster)).toHaveLength(3);

      cluster.store.delete('DaemonSet', 'finder', 'default');
      cluster.store.mergePatch('Provisioner', 'default', undefined, { spec: { labels: { generation: 'next' } } });
      expect(await cluster.until(() => running(cluster) === 2, 15 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'of one Provisioner do not keep another from buying what holds the pod',
    async () => {
      const cluster = clusterOf(['m5.large'], { weight: 10 });
      cluster.store.create('Provisioner', provisioner('second', madeOf(['m5.xlarge'], {})));
      cluster.startController();
      expect(await cluster.until(() => running(cluster) === 1, 15 * MINUTE_MS)).toBe(true);
      expect(typesBought(cluster)).toEqual(['m5.large', 'm5.large', 'm5.xlarge']);
    },
    TEST_MS_MAX,
  );

  test(
    'take back what they taught when they have room again: the type is bought at once',
    async () => {
      const cluster = clusterOf(['m5.large'], { ttlSecondsAfterEmpty: 3600 });
      cluster.startController();
      await cluster.pass(10 * MINUTE_MS);
      expect(running(cluster)).toBe(0);
      cluster.store.delete('DaemonSet', 'finder', 'default');
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 3 } });
      expect(await cluster.until(() => running(cluster) === 3, 10 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'teach a controller that is started anew, as long as they stand',
    async () => {
      const cluster = clusterOf(['m5.large', 'm5.xlarge'], { ttlSecondsAfterEmpty: 3600 });
      cluster.startController();
      expect(await cluster.until(() => running(cluster) === 1, 15 * MINUTE_MS)).toBe(true);
      cluster.kill();
      cluster.startController();
      cluster.store.create('Deployment', deployment('more', 3));
      expect(await cluster.until(() => running(cluster) === 4, 15 * MINUTE_MS)).toBe(true);
      expect(typesBought(cluster).filter((type) => type === 'm5.large')).toHaveLength(2);
    },
    TEST_MS_MAX,
  );
});
