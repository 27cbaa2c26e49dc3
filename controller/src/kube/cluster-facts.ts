import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../api/meta.ts';
import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { KubeHttp } from './http-client.ts';
import { certificateAuthorityBase64 } from './kube-config.ts';

/** What nodes and AWS need to know about the cluster, and what the API server knows. */
export interface ClusterFacts {
  /** `1.31`, as EKS and its image parameters call it. */
  readonly version: string;
  /** UID of the kube-system namespace: the cluster's identity. */
  readonly clusterUid: string;
  /** Address of the kube-dns Service; undefined when there is none or we may not read it. */
  readonly dnsAddress: string | undefined;
  /** Base64 of PEM; undefined when the kubeconfig trusts the system's authorities. */
  readonly certificateAuthority: string | undefined;
}

/** Asks the API server. Throws an OperationError; a missing kube-dns is no error. */
export async function readClusterFacts(options: {
  readonly kubeConfig: KubeConfig;
  readonly clock: Clock;
}): Promise<ClusterFacts> {
  const http = new KubeHttp({ ...options, qps: 10, burst: 10 });
  try {
    const [version, namespace, dnsAddress] = await Promise.all([
      http.json<{ major: string; minor: string }>({ method: 'GET', path: '/version', action: 'get server version' }),
      http.json<KubeObject>({
        method: 'GET',
        path: '/api/v1/namespaces/kube-system',
        action: 'get Namespace kube-system',
      }),
      readDnsAddress(http),
    ]);
    return {
      version: majorMinor(version),
      clusterUid: namespace.metadata.uid ?? '',
      dnsAddress,
      certificateAuthority: certificateAuthorityBase64(options.kubeConfig),
    };
  } finally {
    http.close();
  }
}

async function readDnsAddress(http: KubeHttp): Promise<string | undefined> {
  try {
    const service = await http.json<KubeObject>({
      method: 'GET',
      path: '/api/v1/namespaces/kube-system/services/kube-dns',
      action: 'get Service kube-system/kube-dns',
    });
    const address = (service.spec as { clusterIP?: string } | undefined)?.clusterIP;
    return address === undefined || address === 'None' || address === '' ? undefined : address;
  } catch (error) {
    // Best effort: without it a node takes the address its bootstrap derives from the service range.
    if (error instanceof OperationError && (error.code === 'not-found' || error.code === 'forbidden')) return undefined;
    throw error;
  }
}

/** Managed services append a plus sign to the minor version. */
function majorMinor(version: { readonly major: string; readonly minor: string }): string {
  return `${version.major}.${version.minor.replace(/\D+$/, '')}`;
}
