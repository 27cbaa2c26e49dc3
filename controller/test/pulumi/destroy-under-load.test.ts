import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cancel, killDestroy } from './whole-path-killed.ts';
import { startBuying, usersOf } from './whole-path-steps.ts';
import { openWholePath, type WholePathWorld } from './whole-path-world.ts';

const STEP_MS_MAX = 240_000;
const AWS_AUTH = ['configmap', 'aws-auth', '--namespace=kube-system'];
const SETTINGS = '/api/v1/namespaces/karpenter/configmaps/karpenter-global-settings';
const PROVISIONER = '/apis/karpenter.sh/v1alpha5/provisioners/default';
/** As people and tools write it: two styles, a comment, and no node role of ours. */
const FOREIGN_ROLES = `- rolearn: arn:aws:iam::123456789012:role/eksctl-nodegroup
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes] # do not remove
-   groups:
    - system:masters
    username: ops
    rolearn: 'arn:aws:iam::123456789012:role/Ops'
`;

describe('a stack that is destroyed while pods run on nodes that were bought for them', () => {
  let world: WholePathWorld;
  let users: ReturnType<typeof usersOf>;
  let before: { readonly account: unknown; readonly cluster: unknown };
  const step = (name: string, run: () => Promise<void>) => test(name, run, STEP_MS_MAX);

  beforeAll(async () => {
    world = await openWholePath('under-load', {
      authenticationMode: 'CONFIG_MAP',
      config: {
        cluster: { name: 'demo' },
        image: { mode: 'existing', ref: `registry.example/karpenter@sha256:${'0'.repeat(64)}` },
        teardown: { drainLimitSeconds: 15 },
      },
    });
    users = usersOf(world);
    const { kubectl } = world.cluster.controlPlane;
    await kubectl('create', ...AWS_AUTH, `--from-literal=mapRoles=${FOREIGN_ROLES}`);
    await users.deploy('inflate', 14, 'us-east-1b');
    await users.deploy('guarded', 1, 'us-east-1a');
    // Guarded for ever: no eviction is allowed.
    await kubectl('create', 'poddisruptionbudget', 'guarded', '--selector=app=guarded', '--min-available=1');
    before = { account: await world.inventoryOfAccount(), cluster: await world.inventoryOfCluster() };
  }, STEP_MS_MAX);

  afterAll(() => world?.close());

  step('comes up, and the pods that have waited run on nodes that joined by the mapping that it made', async () => {
    await world.stack.up();
    await startBuying(world);
    await users.untilRunning(15);
    expect((await users.boughtNodes()).length).toBeGreaterThan(1);
  });

  step(
    'is killed while nodes drain; cancelled and destroyed again it forces what nobody may evict, and leaves nothing',
    async () => {
      const { request } = world.cluster.controlPlane;
      const [guarded] = (await users.pods()).filter(({ metadata }) => metadata.name.startsWith('guarded'));
      await killDestroy(world, async () => {
        const { body: settings } = await request('GET', SETTINGS);
        const { body: provisioner } = await request('GET', PROVISIONER);
        const isPaused = (settings.data as Record<string, string>)['launches.paused'] === 'true';
        return isPaused && (provisioner.metadata as Record<string, unknown>).deletionTimestamp !== undefined;
      });
      await cancel(world);

      const { messages } = await world.stack.destroy();

      const forced = messages.filter((message) => message.includes('removed by force'));
      expect(forced).toEqual([expect.stringContaining(`Node ${guarded?.spec.nodeName}`)]);
      // The others have drained in time.
      expect(forced.join().match(/\bNode /g)).toHaveLength(1);
      expect(await world.stack.resources()).toEqual([]);
      expect(await world.cluster.controlPlane.kubectl('get', ...AWS_AUTH, '-o', 'jsonpath={.data.mapRoles}')).toBe(
        FOREIGN_ROLES,
      );
      expect(await world.inventoryOfCluster()).toEqual(before.cluster);
      expect(await world.inventoryOfAccount()).toEqual(before.account);
    },
  );

  step(
    'comes up again, and is destroyed once EKS says that its cluster is gone, instances and all; not while it only does not answer',
    async () => {
      const { cluster, stack } = world;
      await cluster.controller.kill();
      await stack.up();
      await startBuying(world);
      // The guarded one is thought to run on the node that was taken by force, until somebody collects it.
      await users.untilRunning(14);
      await cluster.controller.kill();
      await cluster.controlPlane.stop();
      expect(users.instances().length).toBeGreaterThan(0);

      // It may come back, with nodes that serve: nothing is done to it, and nothing is forgotten.
      const resources = await stack.resources();
      await expect(stack.destroy()).rejects.toThrow(/does not answer.*EKS says that cluster demo exists/s);
      await expect(stack.refresh()).rejects.toThrow(/unreachable/);
      expect(await stack.resources()).toEqual(resources);

      const deleted = cluster.model.state.cluster;
      // EKS knows another one, and this no more.
      cluster.model.state.cluster = { ...deleted, name: 'somebody-else-s' };
      await stack.destroy();
      cluster.model.state.cluster = deleted;
      expect(await stack.resources()).toEqual([]);
      expect(await world.inventoryOfAccount()).toEqual(before.account);
    },
  );
});
