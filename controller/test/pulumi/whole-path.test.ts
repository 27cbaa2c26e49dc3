import { DeleteAccessEntryCommand } from '@aws-sdk/client-eks';
import { DeleteInstanceProfileCommand, RemoveRoleFromInstanceProfileCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import { type Listed, startBuying, usersOf } from './whole-path-steps.ts';
import { openWholePath, type WholePathWorld } from './whole-path-world.ts';

const STEP_MS_MAX = 240_000;
const WAIT_MS_MAX = 150_000;
const IMAGE = `registry.example/karpenter@sha256:${'0'.repeat(64)}`;
const PROFILE = 'KarpenterNodeInstanceProfile-demo';
const ROLE = 'KarpenterNodeRole-demo';
/** How long the controller waits before it asks why a node does not come, and a little (ms). */
const LATE_MS = 3 * 60_000 + 10_000;

describe('from a bare account to the page and back', () => {
  let world: WholePathWorld;
  let users: ReturnType<typeof usersOf>;
  let before: unknown;
  const everything = async () => [await world.inventoryOfAccount(), await world.inventoryOfCluster()];
  const step = (name: string, run: () => Promise<void>) => test(name, run, STEP_MS_MAX);
  const kubectl = (...args: string[]) => world.cluster.controlPlane.kubectl(...args);
  const conditionOf = ({ status }: Listed, type: string) => status?.conditions?.find((one) => one.type === type);
  const eventsOn = (kind: string, reason: string) =>
    kubectl(
      ...['get', 'events', '--all-namespaces', '-o', 'jsonpath={.items[*].message}'],
      `--field-selector=reason=${reason},involvedObject.kind=${kind}`,
    );

  beforeAll(async () => {
    world = await openWholePath('whole-path', {
      config: { cluster: { name: 'demo' }, image: { mode: 'existing', ref: IMAGE } },
    });
    users = usersOf(world);
    before = await everything();
  }, STEP_MS_MAX);

  afterAll(() => world?.close());

  step('comes up, and its next steps as they are printed make a controller that is ready to buy', async () => {
    await world.stack.up();
    await startBuying(world);
    const { controllerRoleArn } = await world.stack.outputs();
    const account = ['get', 'serviceaccount', 'karpenter', '--namespace=karpenter', '-o', 'json'];
    expect(JSON.parse(await kubectl(...account)).metadata.annotations).toMatchObject({
      'eks.amazonaws.com/role-arn': controllerRoleArn,
    });
    const pod = ['get', 'deployment', 'karpenter', '--namespace=karpenter', '-o'];
    expect(await kubectl(...pod, 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(IMAGE);
  });

  step('runs inflate on nodes that joined by the profile, role and access that it made', async () => {
    await users.deploy('inflate', 15);
    await users.untilRunning(15);
    expect(new Set(users.instances().map(({ data }) => data.instanceProfile))).toEqual(new Set([PROFILE]));
    expect(users.instances()).toHaveLength((await users.boughtNodes()).length);
  });

  step('gives everything back when inflate is scaled to 0', async () => {
    await users.scale('inflate', 0);
    const left = async () => [await users.boughtNodes(), await users.machines(), users.instances()];
    await until('nothing is left', left, (kinds) => kinds.flat().length === 0, WAIT_MS_MAX);
  });

  step(
    'says of a node that does not join that its role may not, when somebody has taken its access entry',
    async () => {
      const { accountId } = world.cluster.model.state;
      const principalArn = `arn:aws:iam::${accountId}:role/${ROLE}`;
      await world.aws.sandbox.eks.send(new DeleteAccessEntryCommand({ clusterName: 'demo', principalArn }));
      await users.scale('inflate', 1);
      const isLaunched = (machine: Listed) => conditionOf(machine, 'MachineLaunched')?.status === 'True';
      await until('it is launched', users.machines, (all) => all.some(isLaunched), WAIT_MS_MAX);
      await turnBack(LATE_MS);

      const [machine] = await until(
        'the Machine says why',
        users.machines,
        (all) => all.some((one) => conditionOf(one, 'MachineRegistered')?.status === 'False'),
        WAIT_MS_MAX,
      );
      expect(machine && conditionOf(machine, 'MachineRegistered')).toMatchObject({
        reason: 'NodeAccessMissing',
        message: expect.stringContaining(principalArn),
      });
      expect(await users.boughtNodes()).toEqual([]);
      expect(await eventsOn('Provisioner', 'NodeAccessMissing')).toContain(principalArn);
    },
  );

  step('says of a launch that EC2 refuses that the profile is not there, when somebody has removed it', async () => {
    const InstanceProfileName = PROFILE;
    for (const { iam } of [world.aws.sandbox, world.aws.moto]) {
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: ROLE }));
      await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
    }
    await users.scale('inflate', 15);
    const refused = (machine: Listed) => conditionOf(machine, 'MachineLaunched')?.status === 'False';
    const machines = await until('a launch is refused', users.machines, (all) => all.some(refused), WAIT_MS_MAX);
    expect(machines.filter(refused).map((machine) => conditionOf(machine, 'MachineLaunched'))).toEqual([
      expect.objectContaining({ reason: 'InstanceProfileNotFound', message: expect.stringContaining(PROFILE) }),
    ]);
    expect(await eventsOn('Provisioner', 'InstanceProfileNotFound')).toContain(PROFILE);
  });

  step('puts both back with a refresh and an up, and the waiting pods run', async () => {
    await world.stack.refresh();
    expect((await world.stack.up()).steps).toEqual([
      'create aws:eks/accessEntry:AccessEntry node',
      'create aws:iam/instanceProfile:InstanceProfile node',
    ]);
    // The Machine that was refused is replaced; one pod may still count on the node that was kept out.
    await users.untilRunning(14);
  });

  step('is destroyed while pods run, and leaves nothing in the account and nothing in the cluster', async () => {
    await world.stack.destroy();
    expect(await world.stack.resources()).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  /** As if all that the Machines' conditions speak of had been that much earlier: nobody waits for real minutes. */
  async function turnBack(ms: number): Promise<void> {
    for (const { metadata, status } of await users.machines()) {
      const conditions = status?.conditions?.map((one) => ({
        ...one,
        lastTransitionTime: new Date(Date.parse(one.lastTransitionTime ?? '') - ms).toISOString(),
      }));
      const path = `/apis/karpenter.sh/v1alpha5/machines/${metadata.name}/status`;
      await world.cluster.controlPlane.request('PATCH', path, { status: { conditions } });
    }
  }
});
