import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CERTIFICATES, HOST, SERVICE_ACCOUNT_KEY } from './api-server.ts';
import { startControlPlanePart } from './control-plane-part.ts';
import type { Part } from './part.ts';

/** How long a kubelet may be silent. A heartbeat comes every six seconds or so, and a busy machine may swallow two. */
const NODE_GRACE_SECONDS = 25;
const STAGES = join(import.meta.dirname, 'kwok-stages.yaml');
/** Apart from the addresses of nodes and services. */
const POD_CIDR = '10.128.0.0/12';

export interface PartOptions {
  readonly port: number;
  readonly kubeconfig: string;
}

/** Every default controller, each with the rights of its own service account. Workloads are told to trust `authorityPem`. */
export function startControllerManager(folder: string, authorityPem: string, { port, kubeconfig }: PartOptions): Part {
  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, authorityPem);
  return startControlPlanePart('kube-controller-manager', folder, [
    `--kubeconfig=${kubeconfig}`,
    `--bind-address=${HOST}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, CERTIFICATES)}`,
    '--leader-elect=false',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${join(folder, SERVICE_ACCOUNT_KEY)}`,
    `--root-ca-file=${authority}`,
    `--node-monitor-grace-period=${NODE_GRACE_SECONDS}s`,
    '--kube-api-qps=300',
    '--kube-api-burst=600',
    '--profiling=false',
  ]);
}

export function startScheduler(folder: string, { port, kubeconfig }: PartOptions): Part {
  const config = join(folder, 'scheduler.json');
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      clientConnection: { kubeconfig, qps: 300, burst: 600 },
      leaderElection: { leaderElect: false },
    }),
  );
  return startControlPlanePart('kube-scheduler', folder, [
    `--config=${config}`,
    `--bind-address=${HOST}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, CERTIFICATES)}`,
  ]);
}

/**
 * kwok, which plays the kubelet of every Node with this label. A label and no annotation: when it is taken off, the watch tells kwok
 * that the node is gone, and the kubelet is dead, heartbeats and pods alike. Kwok goes on playing a node that lost its annotation.
 */
export const KUBELET_LABEL = { key: 'kubelet.test/played-by', value: 'kwok' } as const;

export function startKwok(folder: string, { port, kubeconfig }: PartOptions): Part {
  return startControlPlanePart('kwok', folder, [
    `--kubeconfig=${kubeconfig}`,
    `--config=${STAGES}`,
    `--server-address=${HOST}:${port}`,
    '--manage-all-nodes=false',
    `--manage-nodes-with-label-selector=${KUBELET_LABEL.key}=${KUBELET_LABEL.value}`,
    `--cidr=${POD_CIDR}`,
    // Leases would be renewed for a dead kubelet too.
    '--node-lease-duration-seconds=0',
  ]);
}
