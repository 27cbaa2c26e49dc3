import type { KubeObject } from '../../src/api/meta.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { conditionOf, patchObject, readObject } from '../cluster/live-object.ts';
import { until } from '../until.ts';
import type { ArtifactServer } from './artifact-server.ts';
import { FLUX_NAMESPACE, type Flux } from './flux.ts';
import type { GitOpsEngine, Verdict } from './gitops-engine.ts';

const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';
/** How often kustomize-controller looks at the health of what it has applied. */
const HEALTH_MS = 5_000;
/** The three wait for each other. */
const RECONCILE_MS_MAX = 60_000;
/** What only says that another Kustomization comes first. */
const DEPENDENCY_NOT_READY = 'DependencyNotReady';

export const KUSTOMIZATIONS = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${FLUX_NAMESPACE}/kustomizations`;
export const GIT_REPOSITORIES = `/apis/source.toolkit.fluxcd.io/v1/namespaces/${FLUX_NAMESPACE}/gitrepositories`;
const GIT_REPOSITORY = `${GIT_REPOSITORIES}/karpenter-gitops`;

/** The last one is the one that all others come before. */
const IN_ORDER = ['karpenter-crds', 'karpenter-controller', 'karpenter-provisioners'].map(
  (name) => `${KUSTOMIZATIONS}/${name}`,
);

/**
 * The running Flux with the three Kustomizations. Of source-controller there is only what it leaves behind: the artifact of each
 * announced commit, and its description in the GitRepository.
 */
export function fluxEngine(controlPlane: ControlPlane, flux: Flux, artifacts: ArtifactServer): GitOpsEngine {
  const readAll = () => Promise.all(IN_ORDER.map((path) => readObject(controlPlane, path)));
  let requests = 0;
  return {
    asksBeforeRemoval: false,
    healthEveryMs: HEALTH_MS,
    announce: async (sha) => {
      const artifact = artifacts.pack(sha);
      const ready = {
        type: 'Ready',
        status: 'True',
        reason: 'Succeeded',
        message: `stored artifact for revision '${artifact.revision}'`,
        lastTransitionTime: artifact.lastUpdateTime,
      };
      const status = { artifact, conditions: [ready], observedGeneration: 1 };
      await patchObject(controlPlane, `${GIT_REPOSITORY}/status`, { status });
    },
    verdict: async () => verdictOn(await readAll()),
    reconcile: async () => {
      requests += 1;
      const request = `request-${requests}`;
      const patch = { metadata: { annotations: { [REQUESTED_AT]: request } } };
      for (const path of IN_ORDER) await patchObject(controlPlane, path, patch);
      await until(
        'Flux has reconciled',
        readAll,
        (all) =>
          all.every((one) => statusOf(one).lastHandledReconcileAt === request) &&
          verdictOn(all).health !== 'Progressing',
        RECONCILE_MS_MAX,
      );
    },
    agreeToRemoval: () => Promise.resolve(),
    gitops: { engine: 'flux', namespace: FLUX_NAMESPACE },
    syncers: async () => (await readAll()).flatMap((one) => (one === undefined ? [] : [one.metadata.name])),
    logTails: flux.logTails,
  };
}

interface KustomizationStatus {
  readonly observedGeneration?: number;
  readonly lastAttemptedRevision?: string;
  readonly lastAppliedRevision?: string;
  readonly lastHandledReconcileAt?: string;
}

const statusOf = (kustomization: KubeObject | undefined): KustomizationStatus => kustomization?.status ?? {};

function verdictOn(kustomizations: readonly (KubeObject | undefined)[]): Verdict {
  const revision = statusOf(kustomizations.at(-1)).lastAttemptedRevision;
  const readiness = kustomizations.map((one) => conditionOf(one, 'Ready'));
  const isHealthy = kustomizations.every((one, index) => {
    const { observedGeneration, lastAppliedRevision } = statusOf(one);
    const isCurrent = observedGeneration === one?.metadata.generation && lastAppliedRevision === revision;
    return isCurrent && readiness[index]?.status === 'True';
  });
  const isDegraded = readiness.some((ready) => ready?.status === 'False' && ready.reason !== DEPENDENCY_NOT_READY);
  return {
    // `main@sha1:<sha>`
    sha: revision?.split(':')[1],
    health: isHealthy ? 'Healthy' : isDegraded ? 'Degraded' : 'Progressing',
    message: JSON.stringify(readiness),
  };
}
