import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { INSTANCE_TYPE_LABEL } from '../../../src/api/names.ts';
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

function clusterOf(types: readonly string[], spec: Record<string, unknown> = {}): VirtualCluster {
  const cluster = new VirtualCluster();
  cluster.store.watch('Node', ({ type, object }) => {
    const metadata = { labels: { [FOREIGN_LABEL]: 'true' } };
    if (type === 'ADDED') cluster.store.mergePatch('Node', object.metadata.name, undefined, { metadata });
  });
  cluster.store.create('DaemonSet', finder());
  const requirements = [{ key: INSTANCE_TYPE_LABEL, operator: 'In', values: types }];
  cluster.store.create('Provisioner', provisioner('default', { requirements, ...spec }));
  cluster.store.create('Deployment', deployment('web', 1));
  return cluster;
}

const typesBought = (cluster: VirtualCluster) => cluster.model.ledger().map(({ instanceType }) => instanceType);
const running = (cluster: VirtualCluster) => cluster.pods('Running').length;

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
      const small = { containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '900m' } } }] };
      cluster.store.create(
        'Deployment',
        deployment('small', 1, { ...small, nodeSelector: { [INSTANCE_TYPE_LABEL]: 'm5.large' } }),
      );
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

      cluster.store.delete('DaemonSet', 'finder', 'default');
      cluster.store.mergePatch('Provisioner', 'default', undefined, { spec: { labels: { generation: 'next' } } });
      expect(await cluster.until(() => running(cluster) === 1, 15 * MINUTE_MS)).toBe(true);
      expect(typesBought(cluster)).toHaveLength(3);
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
