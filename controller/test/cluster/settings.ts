import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import type { RealCluster } from './real-cluster.ts';

const NAMESPACE = 'karpenter';

/** Brings what has to be there before the manifests: the controller's namespace and the settings in it. `more` are settings beside those that it needs. */
export async function createSettings(
  { clusterName, controlPlane: { kubectl } }: Pick<RealCluster, 'clusterName' | 'controlPlane'>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings = {
    'aws.clusterName': clusterName,
    'aws.defaultInstanceProfile': `KarpenterNodeInstanceProfile-${clusterName}`,
    ...more,
  };
  const literals = Object.entries(settings).map(([key, value]) => `--from-literal=${key}=${value}`);
  await kubectl('create', 'namespace', NAMESPACE);
  await kubectl('create', 'configmap', SETTINGS_CONFIG_MAP, `--namespace=${NAMESPACE}`, ...literals);
}
