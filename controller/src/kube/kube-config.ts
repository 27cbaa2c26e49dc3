import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

/**
 * The configuration kubectl would use here: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account.
 * Throws when a file is broken or its current context names no cluster.
 */
export function loadKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return checked(kubeConfig);
}

/** The configuration that `text` holds, in kubeconfig's YAML or JSON. Throws as `loadKubeConfig` does. */
export function parseKubeConfig(text: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(text);
  return checked(kubeConfig);
}

/**
 * The same configuration with plain http allowed. The client library refuses http unless TLS checks are off, kubectl does
 * not: `kubectl proxy` and servers on loopback speak it. Over http the flag has no other meaning.
 */
export function allowingPlainHttp(kubeConfig: KubeConfig): KubeConfig {
  const allowed = new KubeConfig();
  allowed.loadFromOptions({
    clusters: kubeConfig.getClusters().map((c) => (c.server.startsWith('http:') ? { ...c, skipTLSVerify: true } : c)),
    users: kubeConfig.getUsers(),
    contexts: kubeConfig.getContexts(),
    currentContext: kubeConfig.getCurrentContext(),
  });
  return allowed;
}

/** The certificate authority of the API server as base64 of PEM, as nodes want it; undefined when the system's own is used. */
export function certificateAuthorityBase64(kubeConfig: KubeConfig): string | undefined {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster?.caFile) return readFileSync(cluster.caFile).toString('base64');
  return cluster?.caData || undefined;
}

function checked(kubeConfig: KubeConfig): KubeConfig {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster)
    throw new Error(`kubeconfig: the current context "${kubeConfig.getCurrentContext()}" names no known cluster`);
  if (!URL.canParse(cluster.server)) throw new Error(`kubeconfig: server "${cluster.server}" is no URL`);
  return kubeConfig;
}
