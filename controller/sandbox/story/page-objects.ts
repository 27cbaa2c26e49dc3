import type { KubeObject } from '../../src/api/meta.ts';

export const PROFILE = 'KarpenterNodeInstanceProfile-demo';
export const TTL_SECONDS = 30;
export const REPLICAS = 15;

/** The Provisioner of the getting-started page. */
export function defaultProvisioner(): KubeObject {
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name: 'default' },
    spec: { provider: { instanceProfile: PROFILE }, ttlSecondsAfterEmpty: TTL_SECONDS },
  };
}

/** The page's Deployment: the pause image, one cpu each. */
export function inflate(replicas = 0): KubeObject {
  const image = 'public.ecr.aws/eks-distro/kubernetes/pause:3.2';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'inflate', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'inflate' } },
      template: {
        metadata: { labels: { app: 'inflate' } },
        spec: { containers: [{ name: 'inflate', image, resources: { requests: { cpu: 1 } } }] },
      },
    },
  };
}
