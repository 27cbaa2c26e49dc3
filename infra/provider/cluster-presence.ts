import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { KubeConfig } from '@kubernetes/client-node';
import { ClusterUnreachable, serverOf } from './cluster-api.ts';

/** The EKS cluster behind a kubeconfig. */
export interface ClusterIdentity {
  readonly clusterName: string;
  readonly region: string;
}

/**
 * What `work` returns; `'gone'` when it cannot reach the cluster and EKS says that this cluster is no more. A cluster that merely does
 * not answer is an error: what is in it may come back.
 */
export async function unlessGone<T>(
  kubeconfig: string,
  identity: ClusterIdentity | undefined,
  work: () => Promise<T>,
): Promise<T | 'gone'> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ClusterUnreachable)) throw error;
    if (identity === undefined) {
      const how =
        'its kubeconfig does not name it to `aws eks get-token`, so EKS cannot be asked whether it still exists';
      throw new ClusterUnreachable(`${error.message}; ${how}`, { cause: error });
    }
    if (await isGone(serverOf(kubeconfig), identity, error)) return 'gone';
    throw new ClusterUnreachable(`${error.message}; EKS says that cluster ${identity.clusterName} exists`, {
      cause: error,
    });
  }
}

/** The cluster that a kubeconfig gets its tokens for; undefined when it gets them otherwise. */
export function identityIn(kubeconfig: string): ClusterIdentity | undefined {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const args: readonly string[] = config.getCurrentUser()?.exec?.args ?? [];
  const valueAfter = (flag: string) => args[args.indexOf(flag) + 1];
  if (!args.includes('--cluster-name') || !args.includes('--region')) return undefined;
  return { clusterName: valueAfter('--cluster-name') ?? '', region: valueAfter('--region') ?? '' };
}

async function isGone(server: string, { clusterName, region }: ClusterIdentity, silence: Error): Promise<boolean> {
  const eks = new EKSClient({ region });
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName }));
    // A cluster of the same name at another address is a later one.
    const isAnother = cluster?.endpoint !== undefined && hostOf(cluster.endpoint) !== hostOf(server);
    return cluster?.status === 'DELETING' || isAnother;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return true;
    const why = error instanceof Error ? error.message : String(error);
    throw new ClusterUnreachable(`${silence.message}; nor does EKS say whether it exists: ${why}`, { cause: error });
  } finally {
    eks.destroy();
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
