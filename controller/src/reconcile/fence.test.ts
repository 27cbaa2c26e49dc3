import { describe, expect, test } from '@jest/globals';
import { createInProcessCloudPort } from '../../sandbox/aws/in-process-cloud-port.ts';
import { createInProcessKubePort } from '../../sandbox/kube/in-process-kube-port.ts';
import { VirtualCluster } from '../../sandbox/scenario/virtual-cluster.ts';
import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { provisionerObject } from '../../test/cluster-objects.ts';
import { fencePorts, LEASE_MARGIN_MS } from './fence.ts';

/** Ports on a world, fenced by a lease that ends `leftMs` from now. */
function fenced(leftMs: number) {
  const { store, timers, faults, model } = new VirtualCluster();
  const random = createSeededRandom(1);
  const kube = createInProcessKubePort({ store, timers, faults, random, namespace: 'karpenter' });
  const cloud = createInProcessCloudPort({ model, timers, clusterUid: 'uid' });
  const ports = fencePorts({ kube, cloud }, { deadlineMs: () => timers.nowMs() + leftMs }, timers);
  const settle = async (call: Promise<unknown>): Promise<unknown> => {
    call.catch(() => {});
    await timers.run({ untilMs: timers.nowMs() + 1_000 });
    return call;
  };
  return { ...ports, store, settle };
}

const NAME = { kind: 'Provisioner', name: 'default' } as const;
const { metadata: _, ...WITHOUT_METADATA } = provisionerObject('default');
const PROVISIONER = { ...WITHOUT_METADATA, metadata: { name: 'default' } };

describe('the fence around effects', () => {
  test.each([0, LEASE_MARGIN_MS - 1])(
    'refuses every effect with %i ms of lease left, and changes nothing',
    async (leftMs) => {
      const { kube, cloud, store, settle } = fenced(leftMs);
      const effects = [
        () => kube.create('Provisioner', PROVISIONER),
        () => kube.patch(NAME, { metadata: { labels: { a: 'b' } } }),
        () => kube.delete(NAME, 'uid'),
        () => kube.evict({ namespace: 'default', name: 'p', uid: 'uid' }),
        () => cloud.terminate('i-0123456789abcdef0'),
      ];
      for (const effect of effects) await expect(settle(effect())).rejects.toMatchObject({ code: 'not-leader' });
      expect(store.list('Provisioner')).toEqual([]);
    },
  );

  test('lets effects through while the lease surely holds', async () => {
    const { kube, store, settle } = fenced(LEASE_MARGIN_MS);
    await settle(kube.create('Provisioner', PROVISIONER));
    expect(store.get('Provisioner', 'default')).toBeDefined();
  });

  test('never refuses to look', async () => {
    const { kube, cloud, settle } = fenced(-10_000);
    expect(await settle(kube.get(NAME))).toBeUndefined();
    expect(await settle(kube.podsOn('n'))).toEqual([]);
    expect(await settle(cloud.instances())).toEqual([]);
  });
});
