import { DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import { toOperationError, unexpectedAnswer } from './errors.ts';

/** What EKS says of a cluster. */
export interface DiscoveredCluster {
  readonly endpoint: string;
  readonly caBundleBase64: string;
  /** Undefined when EKS does not tell it. */
  readonly serviceCidr: string | undefined;
}

/**
 * Asks EKS for a cluster's endpoint, certificate authority and range of Service addresses. An OperationError when it cannot:
 * a caller that knows the endpoint already may go on, since the range can then be told from the DNS address.
 */
export async function discoverCluster(options: {
  readonly eks: EKSClient;
  readonly clusterName: string;
}): Promise<DiscoveredCluster> {
  const action = `DescribeCluster ${options.clusterName}`;
  try {
    const { cluster } = await options.eks.send(new DescribeClusterCommand({ name: options.clusterName }));
    const network = cluster?.kubernetesNetworkConfig;
    const caBundleBase64 = cluster?.certificateAuthority?.data;
    if (!cluster?.endpoint || !caBundleBase64) throw unexpectedAnswer(`${action}: the cluster has no endpoint yet`);
    const serviceCidr = network?.ipFamily === 'ipv6' ? network.serviceIpv6Cidr : network?.serviceIpv4Cidr;
    return { endpoint: cluster.endpoint, caBundleBase64, serviceCidr };
  } catch (error) {
    throw toOperationError(error, action);
  }
}
