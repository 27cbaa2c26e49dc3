import { describe, expect, test } from '@jest/globals';
import { watchForeignNodes } from '../../../sandbox/checks/foreign.ts';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { watchLimits } from '../../../sandbox/checks/limits.ts';
import { checkPlacement, watchPlacement } from '../../../sandbox/checks/placement.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { createSeededRandom } from '../../../sandbox/seeded-random.ts';
import type { KubeObject } from '../../../src/api/meta.ts';

const MINUTE_MS = 60_000;
/** Of wall time, on a machine that is busy; alone a run takes some thirty seconds. */
const TEST_MS_MAX = 300_000;
const GIB = 1024 ** 3;
const PODS = 500;
const FOREIGN_NODES = 10;
/**
 * kube-scheduler binds pods to the nodes that are ready first, not to those they were planned for: what it pushes out (a zone, spot only)
 * may need a node more, and one that comes last may stay empty. Of about 17 launches 0, 1 and 2 were seen.
 */
const BOUGHT_IN_VAIN_MAX = 3;
const TYPES = [
  ...['c5.large', 'c5.xlarge', 'c5.2xlarge', 'c5.4xlarge', 'c5.9xlarge', 'm5.large', 'm5.xlarge', 'm5.2xlarge'],
  ...['m5.4xlarge', 'r5.large', 'r5.xlarge', 'r5.2xlarge', 'm6g.large', 'm6g.xlarge', 'm6g.2xlarge', 'c6g.4xlarge'],
];

function provisioner(name: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name },
    spec: { provider: {}, ttlSecondsAfterEmpty: 30, ...spec },
  };
}

/** The preferred one is soon full; the second is tainted and arm64; the last takes what is left, spot or on-demand. */
const PROVISIONERS = [
  provisioner('preferred', {
    weight: 50,
    limits: { resources: { cpu: '40', memory: '120Gi' } },
    labels: { team: 'a' },
  }),
  provisioner('graviton', {
    weight: 20,
    limits: { resources: { cpu: '48' } },
    taints: [{ key: 'arch', value: 'arm64', effect: 'NoSchedule' }],
    requirements: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }],
  }),
  provisioner('general', {
    limits: { resources: { cpu: '400' } },
    requirements: [{ key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot', 'on-demand'] }],
  }),
];

/** One pod of a mix that is drawn from the seed: sizes, zones, spot only, the team label, arm64 with its toleration. */
function mixedPod(index: number, random: { integer(min: number, max: number): number }): KubeObject {
  const cpu = [100, 250, 500, 1000, 2000][random.integer(0, 4)];
  const memory = [128, 512, 1024, 4096][random.integer(0, 3)];
  const constraint = [
    {},
    {},
    { nodeSelector: { 'topology.kubernetes.io/zone': `us-east-1${'abc'[random.integer(0, 2)]}` } },
    { nodeSelector: { 'karpenter.sh/capacity-type': 'spot' } },
    { nodeSelector: { team: 'a' } },
    {
      tolerations: [{ key: 'arch', operator: 'Equal', value: 'arm64', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] },
              { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
            ],
          },
        },
      },
    },
  ][random.integer(0, 5)];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `mixed-${String(index).padStart(3, '0')}`, namespace: 'default' },
    spec: {
      ...constraint,
      containers: [
        { name: 'main', image: 'pause', resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } } },
      ],
    },
  };
}

describe('500 mixed pods on three weighted Provisioners with limits, beside ten nodes of somebody else', () => {
  test.each([1, 2, 3])(
    'are placed rightly, within limits, and foreign nodes are used but never touched (seed %i)',
    async (seed) => {
      const cluster = new VirtualCluster({ seed, instanceTypes: TYPES });
      const { store } = cluster;
      const amounts = { cpu: 4000, memory: 15 * GIB, pods: 58 };
      for (let index = 0; index < FOREIGN_NODES; index += 1) {
        cluster.world.addStaticNode({
          name: `asg-${index}`,
          capacity: amounts,
          allocatable: amounts,
          instanceType: 'm5.xlarge',
        });
      }
      await cluster.pass(10_000);
      for (const each of PROVISIONERS) store.create('Provisioner', each);
      const monitors = [watchLimits(store, cluster.model), watchPlacement(store), watchForeignNodes(store)];
      cluster.startController();
      await cluster.pass(2_000);
      const random = createSeededRandom(seed).fork('pods');
      for (let index = 0; index < PODS; index += 1) store.create('Pod', mixedPod(index, random));

      await cluster.until(() => cluster.pods('Running').length === PODS, 2 * MINUTE_MS);

      const onForeign = cluster.pods('Running').filter((pod) => {
        return String((pod.spec as { nodeName?: string }).nodeName).startsWith('asg-');
      });
      expect(onForeign.length).toBeGreaterThan(0);
      expect(checkPlacement(store)).toEqual([]);
      expect(checkInstances(store, cluster.launches())).toEqual([]);
      expect(monitors.flatMap((monitor) => monitor.violations())).toEqual([]);
      expect(cluster.misdeeds()).toEqual([]);
      // Planning again while nodes boot must not shuffle pods: it would buy nodes that stay empty.
      await cluster.pass(3 * MINUTE_MS);
      const ended = cluster.launches().filter((launch) => launch.endedAtMs !== undefined);
      expect(ended.length).toBeLessThanOrEqual(BOUGHT_IN_VAIN_MAX);
      // Only what `team: a` asks of the Provisioner that is full may wait.
      const waiting = cluster.pods('Pending').filter((pod) => {
        const spec = pod.spec as { nodeSelector?: Record<string, string>; affinity?: unknown };
        return spec.nodeSelector?.team === undefined && spec.affinity === undefined;
      });
      expect(waiting.map((pod) => pod.metadata.name)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
