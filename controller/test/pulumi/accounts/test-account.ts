import { type CloudModel, createCloudModel } from '../../../sandbox/aws/cloud-model.ts';
import type { AuthenticationMode } from '../../../sandbox/aws/cloud-state.ts';
import { startAwsServer } from '../../../sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../../sandbox/faults.ts';
import { createWallTimers } from '../../../sandbox/wall-timers.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import type { Moto } from '../../moto.ts';
import { type AwsWorld, openWorld } from '../aws-provider/world.ts';
import { inventoryOf } from './moto-inventory.ts';
import { makeTwin } from './moto-twin.ts';

export const CLUSTER_NAME = 'demo';

/** An AWS account as before the first `pulumi up`: a cluster, its network, and nothing of ours. Once in the sandbox, once in moto. */
export interface TestAccount {
  /** The sandbox's world itself. */
  readonly cloud: CloudModel;
  /** Does something past Pulumi, with what moto has not. */
  inSandbox(act: (world: AwsWorld) => Promise<unknown>): Promise<void>;
  /** Does the same in both, past Pulumi, as others who work in the account would. */
  everywhere(act: (world: AwsWorld) => Promise<unknown>): Promise<void>;
  /** For Pulumi and its plugins. */
  readonly environment: Readonly<Record<string, string>>;
  /** All that is in both, without what only counts on: equal before and after means that nothing was left behind. */
  inventory(): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens the account of a cluster whose API is `controlPlane`. moto forgets what was there before. */
export async function openAccount(
  controlPlane: ControlPlane,
  moto: Moto,
  options: { readonly authenticationMode?: AuthenticationMode } = {},
): Promise<TestAccount> {
  const timers = createWallTimers();
  const cloud = createCloudModel({
    timers,
    faults: noFaults(),
    seed: 1,
    clusterName: CLUSTER_NAME,
    clusterEndpoint: controlPlane.server,
    certificateAuthority: Buffer.from(controlPlane.certificateAuthorityPem).toString('base64'),
    account: 'bare',
    ...options,
  });
  const server = await startAwsServer({ model: cloud });
  await moto.reset();
  const { region } = cloud.state;
  const sandbox = openWorld(server.url, region, {});
  const motoWorld = openWorld(moto.url, region, {});
  const motoIds = await makeTwin(motoWorld, cloud.state);
  return {
    cloud,
    inSandbox: async (act) => void (await act(sandbox)),
    everywhere: async (act) => {
      await act(sandbox);
      await act(openWorld(moto.url, region, motoIds));
    },
    environment: {
      AWS_ENDPOINT_URL: server.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      MOTO_ENDPOINT_URL: moto.url,
      MOTO_IDS: JSON.stringify(motoIds),
    },
    inventory: async () => ({ sandbox: withoutCounters(cloud.state), moto: await inventoryOf(motoWorld) }),
    close: async () => {
      timers.close();
      await server.close();
    },
  };
}

/** Ids are never used twice, and IAM remembers which service-linked roles it has deleted. */
const GROW_FOREVER = ['idCount', 'deletionTasks'];

const withoutCounters = (state: object): unknown =>
  JSON.parse(JSON.stringify(state, (key, value: unknown) => (GROW_FOREVER.includes(key) ? undefined : value)));
