import type { KubeObject } from '../../src/api/meta.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { patchObject, readObject } from '../cluster/live-object.ts';
import { until } from '../until.ts';
import { ARGO_CD_NAMESPACE, type ArgoCd } from './argo-cd.ts';
import type { GitOpsEngine, Verdict } from './gitops-engine.ts';

const REFRESH = 'argocd.argoproj.io/refresh';
const DELETION_APPROVED = 'argocd.argoproj.io/deletion-approved';
/** It watches; on a busy machine it may be late all the same. */
const HEALTH_MS_MAX = 4_000;
/** A refresh renders with kustomize and compares: a second on an idle machine. */
const REFRESH_MS_MAX = 60_000;

export const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_CD_NAMESPACE}/applications`;
const APPLICATION = `${APPLICATIONS}/karpenter`;

/** The running Argo CD with its one Application, `karpenter`. */
export function argoCdEngine(controlPlane: ControlPlane, argoCd: ArgoCd): GitOpsEngine {
  const annotate = (name: string, value: string) =>
    patchObject(controlPlane, APPLICATION, { metadata: { annotations: { [name]: value } } });
  return {
    asksBeforeRemoval: true,
    healthEveryMs: HEALTH_MS_MAX,
    announce: () => annotate(REFRESH, 'normal'),
    verdict: async () => verdictOn(await readObject(controlPlane, APPLICATION)),
    reconcile: async () => {
      // Hard: what the repo-server has rendered before does not count.
      await annotate(REFRESH, 'hard');
      await until(
        'Argo CD has compared',
        () => readObject(controlPlane, APPLICATION),
        (application) => application?.metadata.annotations?.[REFRESH] === undefined,
        REFRESH_MS_MAX,
      );
    },
    agreeToRemoval: () => annotate(DELETION_APPROVED, new Date().toISOString()),
    gitops: { engine: 'argocd', namespace: ARGO_CD_NAMESPACE },
    syncers: async () => ((await readObject(controlPlane, APPLICATION)) === undefined ? [] : ['karpenter']),
    logTails: argoCd.logTails,
  };
}

interface ApplicationStatus {
  readonly sync?: { readonly status: string; readonly revision?: string };
  readonly health?: { readonly status?: string; readonly message?: string };
  readonly operationState?: { readonly phase: string; readonly message?: string };
  readonly conditions?: readonly unknown[];
}

function verdictOn(application: KubeObject | undefined): Verdict {
  const { sync, health, operationState, conditions } = (application?.status ?? {}) as ApplicationStatus;
  const isSynced = sync?.status === 'Synced';
  // A sync that still waits for a wave may have nothing left to apply.
  const isDone = isSynced && operationState?.phase === 'Succeeded';
  const isHealthy = isDone && health?.status === 'Healthy';
  return {
    sha: isSynced ? sync.revision : undefined,
    health: isHealthy ? 'Healthy' : health?.status === 'Degraded' ? 'Degraded' : 'Progressing',
    message: JSON.stringify({ sync: sync?.status, health, operation: operationState?.message, conditions }),
  };
}
