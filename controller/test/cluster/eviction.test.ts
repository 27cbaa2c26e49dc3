import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { INSTANCE_TYPE_LABEL, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { throughout, until } from '../until.ts';
import {
  createDeployment,
  createProvisioner,
  type Ground,
  MACHINES,
  NODES,
  nodeOf,
  PODS,
  startGround,
} from './failures-ground.ts';
import { KUBELET_DIES } from './live-node.ts';
import { conditionOf, createObject, patchObject, readObject } from './live-object.ts';

const START_MS_MAX = 480_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 480_000;
const WAIT_MS_MAX = 200_000;
/** How long nobody may be moved. */
const QUIET_MS = 8_000;
/** Of one type, so that all pods of a test find room on the first node that is bought. */
const ONE_TYPE = { key: INSTANCE_TYPE_LABEL, operator: 'In', values: ['m5.2xlarge'] };
/** Of pods that take their time. */
const GRACE_SECONDS = 45;

describe('pods on a node that is to go, on a real control plane', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await startGround();
    await createProvisioner(ground, 'roomy', { requirements: [ONE_TYPE], ttlSecondsAfterEmpty: 1 });
    await createProvisioner(ground, 'brief', {
      requirements: [ONE_TYPE],
      ttlSecondsAfterEmpty: 1,
      ttlSecondsUntilExpired: 15,
    });
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  const kubectl = (...args: string[]) => ground.cluster.controlPlane.kubectl(...args);
  const podsOf = (app: string) => ground.list(`${PODS}?labelSelector=app=${app}`);
  const nodeNow = (name: string) => readObject(ground.cluster.controlPlane, `${NODES}/${name}`);
  const untilGone = (name: string) =>
    until(
      `node ${name} has gone`,
      () => nodeNow(name),
      (node) => node === undefined,
      WAIT_MS_MAX,
    );
  /** The id of a Node's instance. */
  const instanceOf = async (name: string) => {
    const node = await nodeNow(name);
    const { providerID = '' } = (node?.spec ?? {}) as { readonly providerID?: string };
    return providerID.split('/').at(-1) ?? '';
  };
  const eventsAbout = async (kind: string, name: string) =>
    (await ground.list('/api/v1/events')).filter((event) => {
      const { involvedObject } = event as unknown as { involvedObject: { kind: string; name: string } };
      return involvedObject.kind === kind && involvedObject.name === name;
    });

  /** Pods of one app on one node that was bought for them; its name. */
  async function onOneNode(
    app: string,
    replicas: number,
    { provisioner = 'roomy', spec = {}, annotations = {} } = {},
  ): Promise<string> {
    const nodeSelector = { [PROVISIONER_NAME_LABEL]: provisioner };
    await createDeployment(ground, app, replicas, { nodeSelector, ...spec }, annotations);
    const names = new Set((await ground.untilRunning(replicas, app)).map(nodeOf));
    expect(names.size).toBe(1);
    return [...names][0] as string;
  }

  const namesOf = (pods: readonly KubeObject[]) => pods.map(({ metadata }) => metadata.name).sort();

  test(
    'stay as long as their budget forbids to move them, and leave, no more at once than it allows, when it does not',
    async () => {
      const node = await onOneNode('guarded', 4);
      const instance = await instanceOf(node);
      const budget = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
      await createObject(ground.cluster.controlPlane, budget, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'guarded' },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'guarded' } } },
      });
      const before = namesOf(await podsOf('guarded'));
      await kubectl('delete', 'node', node, '--wait=false');
      const isTold = (events: readonly KubeObject[]) => events.some((event) => event['reason'] === 'FailedDraining');
      const events = await until('it is told', () => eventsAbout('Node', node), isTold, WAIT_MS_MAX);
      expect(events.map((event) => event['message']).join()).toContain('default/guarded-');
      const stay = async () => namesOf((await podsOf('guarded')).filter(({ status }) => isRunning(status)));
      await throughout('all stay', stay, (names) => names.join() === before.join(), QUIET_MS);
      expect((await nodeNow(node))?.spec).toMatchObject({ unschedulable: true });
      expect(ground.livingInstances()).toContain(instance);

      await patchObject(ground.cluster.controlPlane, `${budget}/guarded`, { spec: { maxUnavailable: 1 } });
      const runningNow = async () => (await podsOf('guarded')).filter(({ status }) => isRunning(status)).length;
      const watch = watchLeast(runningNow);
      await untilGone(node);
      const moved = await ground.untilRunning(4, 'guarded');
      expect(await watch.stop()).toBeGreaterThanOrEqual(3);
      expect(namesOf(moved).filter((name) => before.includes(name))).toEqual([]);
      expect(moved.map(nodeOf)).not.toContain(node);
      expect(ground.livingInstances()).not.toContain(instance);
      await kubectl('delete', 'deployment,pdb', 'guarded');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );

  test(
    'have the grace that they ask for: the instance runs until they have ended',
    async () => {
      const node = await onOneNode('slow', 1, { spec: { terminationGracePeriodSeconds: GRACE_SECONDS } });
      const instance = await instanceOf(node);
      const [pod] = await podsOf('slow');
      const path = `${PODS}/${pod?.metadata.name}`;
      // From here on the test is the kubelet: the other ends pods at once.
      await patchObject(ground.cluster.controlPlane, `${NODES}/${node}`, KUBELET_DIES);
      await kubectl('delete', 'node', node, '--wait=false');
      const podNow = () => readObject(ground.cluster.controlPlane, path);
      const isGoing = (each: KubeObject | undefined) => each?.metadata.deletionTimestamp !== undefined;
      const going = await until('it is asked to go', podNow, isGoing, WAIT_MS_MAX);
      expect(going?.metadata).toMatchObject({ deletionGracePeriodSeconds: GRACE_SECONDS });
      const livesOn = async () => ground.livingInstances();
      await throughout('its instance runs', livesOn, (ids) => ids.includes(instance), QUIET_MS);
      expect((await nodeNow(node))?.metadata.finalizers).toContain('karpenter.sh/termination');

      await kubectl('delete', 'pod', pod?.metadata.name ?? '', '--grace-period=0', '--force');
      await untilGone(node);
      expect(ground.livingInstances()).not.toContain(instance);
      await kubectl('delete', 'deployment', 'slow');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );

  test(
    'that say do-not-evict keep a node that has expired, and not one that somebody deletes',
    async () => {
      const keeping = { 'karpenter.sh/do-not-evict': 'true' };
      const node = await onOneNode('precious', 1, { provisioner: 'brief', annotations: keeping });
      const before = namesOf(await podsOf('precious'));
      const machines = () => ground.list(`${MACHINES}?labelSelector=${PROVISIONER_NAME_LABEL}=brief`);
      const areExpired = (all: readonly KubeObject[]) =>
        all.length === 1 && all.every((machine) => conditionOf(machine, 'MachineExpired')?.status === 'True');
      const [machine] = await until('its Machine has expired', machines, areExpired, WAIT_MS_MAX);
      const isKept = (events: readonly KubeObject[]) =>
        events.some((event) => event['reason'] === 'DeprovisioningBlocked');
      await until(
        'it says why it stays',
        () => eventsAbout('Machine', machine?.metadata.name ?? ''),
        isKept,
        WAIT_MS_MAX,
      );
      const stay = async () => namesOf(await podsOf('precious'));
      await throughout('it stays', stay, (names) => names.join() === before.join(), QUIET_MS);

      await kubectl('delete', 'node', node, '--wait=false');
      await untilGone(node);
      const isMoved = (pods: readonly KubeObject[]) => pods.every(({ metadata }) => !before.includes(metadata.name));
      await until('it has moved', () => podsOf('precious'), isMoved, WAIT_MS_MAX);
      await kubectl('delete', 'deployment', 'precious');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );
});

function isRunning(status: unknown): boolean {
  return (status as { readonly phase?: string }).phase === 'Running';
}

/** Asks again and again until it is stopped; then it resolves with the least it has seen. */
function watchLeast(ask: () => Promise<number>): { stop(): Promise<number> } {
  const over = new AbortController();
  const run = async () => {
    let least = Number.POSITIVE_INFINITY;
    while (!over.signal.aborted) least = Math.min(least, await ask());
    return least;
  };
  const least = run();
  return {
    stop: () => {
      over.abort();
      return least;
    },
  };
}
