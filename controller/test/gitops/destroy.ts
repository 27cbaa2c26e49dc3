import { createProvider } from '../../../infra/provider/provider.ts';
import type { Gitops } from '../../../infra/provider/removal-steps.ts';
import { teardown } from '../../../infra/provider/teardown.ts';
import { LAUNCHES_PAUSED_SETTING } from '../../src/api/names.ts';
import { startApiFront } from '../api-front.ts';
import { readObject } from '../cluster/live-object.ts';
import type { RealCluster } from '../cluster/real-cluster.ts';

const TYPE = 'karpenter-cluster:index:Teardown';
const URN = `urn:pulumi:test::karpenter-gitops::${TYPE}::teardown`;
const SETTINGS = '/api/v1/namespaces/karpenter/configmaps/karpenter-global-settings';
/** 12 to 20 s were seen, most of it for pods that end and an instance that shuts down; a drain that hangs takes its limit more. */
const DESTROY_MS_MAX = 180_000;
const DRAIN_LIMIT_SECONDS = 90;

/** What is to be said of a teardown that has ended, beside what it has left. */
export interface Destruction {
  /** What the user was warned of. */
  readonly warnings: readonly string[];
  /** What was deleted by the teardown's own hand while the controller might still have bought nodes. */
  readonly deletedUnpaused: readonly string[];
}

/**
 * Makes our provider's Teardown in the cluster, as `pulumi up` does, and deletes it again, as `pulumi destroy` does before all else. Rejects
 * with all that the user was told when it fails.
 */
export async function destroy(cluster: RealCluster, gitops: Gitops): Promise<Destruction> {
  const { controlPlane, model, awsUrl, clusterName } = cluster;
  const warnings: string[] = [];
  const told: string[] = [];
  const deletedUnpaused: string[] = [];
  const front = await startApiFront(controlPlane, async ({ method, path }) => {
    if (method !== 'DELETE') return;
    const settings = (await readObject(controlPlane, SETTINGS)) as
      | { readonly data?: Record<string, string> }
      | undefined;
    if (settings?.data?.[LAUNCHES_PAUSED_SETTING] !== 'true') deletedUnpaused.push(path);
  });
  const provider = createProvider(
    { [TYPE]: teardown },
    { progress: (_urn, message) => void told.push(message), warn: (_urn, message) => void warnings.push(message) },
  );
  const inputs = {
    kubeconfig: front.kubeconfig,
    clusterName,
    region: model.state.region,
    gitops,
    drainLimitSeconds: DRAIN_LIMIT_SECONDS,
  };
  const environment = { ...process.env };
  Object.assign(process.env, { AWS_ENDPOINT_URL: awsUrl, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  const interruption = setTimeout(() => void provider.cancel?.(), DESTROY_MS_MAX);
  try {
    const { id, outs } = (await provider.create?.(URN, inputs)) ?? { id: '', outs: {} };
    await provider.delete?.(id, URN, outs);
    return { warnings, deletedUnpaused };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${[...told, ...warnings].join('\n')}`, { cause: error });
  } finally {
    clearTimeout(interruption);
    process.env = environment;
    await front.close();
  }
}
