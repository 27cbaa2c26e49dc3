import { join } from 'node:path';
import { untilEstablished } from './established.ts';
import type { RealCluster } from './real-cluster.ts';
import { createSettings } from './settings.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');

/** Installs the overlay with kubectl alone, namespace and settings first, as a user does; resolves when its Deployment is available. */
export async function installByHand(cluster: RealCluster, overlay: 'dev' | 'prod'): Promise<void> {
  const { controlPlane } = cluster;
  const { kubectl } = controlPlane;
  await createSettings(cluster);
  await kubectl('apply', '--server-side', '-f', join(MANIFESTS, 'crds'));
  await untilEstablished(controlPlane);
  await kubectl('apply', '-k', join(MANIFESTS, 'overlays', overlay));
  await kubectl('rollout', 'status', 'deployment/karpenter', '--namespace=karpenter', '--timeout=60s');
}
