import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inflate } from '../../sandbox/story/page-objects.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { throughout, until } from '../until.ts';
import { installByHand } from './install.ts';
import { createObject } from './live-object.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';
import { type Replicas, startReplicas } from './replicas.ts';
import { scaleInflate, untilRunning, untilSettled } from './replicas-ground.ts';
import { untilSound } from './replicas-verdict.ts';
import { installAgain } from './two-installations.ts';

const START_MS_MAX = 600_000;
const TEST_MS_MAX = 600_000;
const TOLD_MS_MAX = 60_000;
/** Three looks of the garbage collection, whose second may end what it takes for a leak. */
const COLLECTION_MS = 25_000;
const NAMESPACES = ['karpenter', 'karpenter-two'] as const;

interface Machine extends KubeObject {
  readonly spec: { readonly resources: { readonly requests: { readonly pods: string } } };
}

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string };
}

describe('two installations by mistake, in two namespaces of one cluster, both at work', () => {
  let cluster: RealCluster;
  const installations: Replicas[] = [];

  beforeAll(async () => {
    cluster = await startRealCluster();
    await installByHand(cluster, 'dev');
    await installAgain(cluster.controlPlane, NAMESPACES[1]);
    await createObject(cluster.controlPlane, '/apis/apps/v1/namespaces/default/deployments', inflate());
    for (const namespace of NAMESPACES) installations.push(await startReplicas(cluster, 1, { namespace }));
  }, START_MS_MAX);

  afterAll(async () => {
    for (const each of installations) await each.close();
    await cluster?.close();
  });

  const list = async <T>(path: string) => (await cluster.controlPlane.request('GET', path)).body.items as readonly T[];
  const livingInstances = () =>
    Object.values(cluster.model.state.instances)
      .filter(({ state }) => state === 'running' || state === 'pending')
      .map(({ id }) => id)
      .sort();

  test(
    'each leads by the lease of its own namespace',
    async () => {
      for (const each of installations) await each.untilLed();
    },
    TEST_MS_MAX,
  );

  test.each([3, 9, 20])(
    'buy no instance twice, and at most one plan too much, for %i pods',
    async (pods) => {
      await scaleInflate(cluster, pods);
      await untilRunning(cluster, pods);
      await untilSound(cluster);
      const machines = await list<Machine>('/apis/karpenter.sh/v1alpha5/machines');
      const planned = machines.map(({ spec }) => Number(spec.resources.requests.pods));
      expect(planned.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(2 * pods);
    },
    TEST_MS_MAX,
  );

  test(
    'one that meets a Machine of the other says so, naming both',
    async () => {
      const events = () => list<Event>('/api/v1/events');
      const told = (all: readonly Event[]) =>
        all.filter(
          ({ reason, involvedObject }) => reason === 'OtherInstallation' && involvedObject.kind === 'Provisioner',
        );
      const all = await until('it is told', events, (each) => told(each).length > 0, TOLD_MS_MAX);
      for (const { message } of told(all)) {
        for (const namespace of NAMESPACES) expect(message).toContain(`"${namespace}"`);
      }
    },
    TEST_MS_MAX,
  );

  test(
    "neither takes the other's instances for leaks",
    async () => {
      const before = livingInstances();
      const isSo = (now: readonly string[]) => before.every((id) => now.includes(id));
      await throughout('all instances live', async () => livingInstances(), isSo, COLLECTION_MS);
    },
    TEST_MS_MAX,
  );

  test(
    'and together they remove everything, once',
    async () => {
      await scaleInflate(cluster, 0);
      await untilSettled(cluster, 0);
    },
    TEST_MS_MAX,
  );
});
