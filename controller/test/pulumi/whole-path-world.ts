import type { CloudState } from '../../sandbox/aws/cloud-state.ts';
import { type RealCluster, type RealClusterOptions, startRealCluster } from '../cluster/real-cluster.ts';
import { startMoto } from '../moto.ts';
import { inventoryOfCluster } from './accounts/cluster-inventory.ts';
import { inventoryOf } from './accounts/moto-inventory.ts';
import { makeTwin } from './accounts/moto-twin.ts';
import { type AwsWorlds, openWorld } from './aws-provider/world.ts';
import { installEngine } from './engine/engine.ts';
import type { StackConfig, TestStack } from './engine/stack.ts';

/** What the manifests bring, and Pulumi, and the controller: beside namespaces and ConfigMaps. */
const KINDS = [
  'customresourcedefinitions',
  'clusterroles',
  'clusterrolebindings',
  'roles',
  'rolebindings',
  'serviceaccounts',
  'services',
  'nodes',
];

/** One world: the stack makes things in the very account that the controller buys from, and in the very cluster that it serves. */
export interface WholePathWorld {
  readonly cluster: RealCluster;
  readonly stackName: string;
  readonly stack: TestStack;
  /** To do something past Pulumi in the account that the controller buys from; what moto holds too is done in both. */
  readonly aws: AwsWorlds;
  /** Where Pulumi.yaml lies, with manifests/ beside it. */
  readonly projectFolder: string;
  /** The CLI's folder, and what it must see to work on the stack. */
  readonly pulumi: { readonly bin: string; readonly environment: Readonly<Record<string, string>> };
  /** What is in the account, there and in moto; equal before and after means that nothing was left behind. */
  inventoryOfAccount(): Promise<unknown>;
  /** What is in the cluster, likewise. */
  inventoryOfCluster(): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens a cluster and its account as before the first `pulumi up`, with a stack of that configuration that is not up yet. */
export async function openWholePath(
  stackName: string,
  options: Pick<RealClusterOptions, 'authenticationMode'> & { readonly config: StackConfig },
): Promise<WholePathWorld> {
  const { config, ...clusterOptions } = options;
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const cluster = await startRealCluster({ account: 'bare', ...clusterOptions });
    closers.push(cluster.close);
    const moto = await startMoto();
    closers.push(moto.stop);
    const { region } = cluster.model.state;
    const motoWorld = openWorld(moto.url, region, {});
    const environment = {
      AWS_ENDPOINT_URL: cluster.awsUrl,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      MOTO_ENDPOINT_URL: moto.url,
      MOTO_IDS: JSON.stringify(await makeTwin(motoWorld, cluster.model.state)),
    };
    const engine = await installEngine({ clusterToken: cluster.controlPlane.token });
    closers.push(engine.close);
    return {
      cluster,
      stackName,
      stack: await engine.newStack(stackName, config, environment),
      aws: { sandbox: openWorld(cluster.awsUrl, region, {}), moto: motoWorld },
      projectFolder: engine.projectFolder,
      pulumi: { bin: engine.bin, environment: { ...environment, ...engine.environment } },
      inventoryOfAccount: async () => ({
        sandbox: lastingThings(cluster.model.state),
        moto: await inventoryOf(motoWorld),
      }),
      inventoryOfCluster: () => inventoryOfCluster(cluster.controlPlane, KINDS),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Nobody can take these back: what has been, how many ids were given out, and where the next address is looked for. */
const HISTORY = ['fleets', 'launches', 'idCount', 'deletionTasks', 'nextOffset'];

/** What costs money, or is in somebody's way. A terminated instance is but a memory, and EC2's own. */
function lastingThings({ instances, ...state }: CloudState): unknown {
  const alive = Object.values(instances).filter(({ state: is }) => is !== 'terminated');
  return JSON.parse(
    JSON.stringify({ ...state, instances: alive }, (key, value: unknown) =>
      HISTORY.includes(key) ? undefined : value,
    ),
  );
}
