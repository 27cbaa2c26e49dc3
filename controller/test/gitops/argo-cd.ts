import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../sandbox/free-ports.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { untilEstablished } from '../cluster/established.ts';
import { createObject, patchObject } from '../cluster/live-object.ts';
import { isOk, logTailsOf, type Part, partFromEnvironment, startPart, untilWell } from '../cluster/part.ts';

const HOST = '127.0.0.1';
export const ARGO_CD_NAMESPACE = 'argocd';
/** Three seconds on an idle machine. */
const START_MS_MAX = 90_000;
/** Argo CD looks at git by itself as often as that; tests ask for it at once, by annotation. */
const RESYNC_SECONDS = 60;

/** Argo CD makes it at its first start, by the server that is absent here. */
const PROJECT = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: ARGO_CD_NAMESPACE },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/** A running Argo CD: application-controller, repo-server and the redis between them. */
export interface ArgoCd {
  /** The end of each part's log, for a test that has failed. */
  logTails(): string;
  /** Ends the processes and removes their files. */
  stop(): Promise<void>;
}

/**
 * Installs Argo CD's CRDs and default configuration, a project that allows everything, and starts its parts on free loopback ports.
 * One listener is not on loopback alone: the application-controller's metrics port takes no address, and ends the process if it cannot
 * be bound.
 */
export async function startArgoCd(controlPlane: ControlPlane): Promise<ArgoCd> {
  const binary = partFromEnvironment('ARGOCD_BINARY');
  const kustomize = partFromEnvironment('KUSTOMIZE_BINARY');
  await requireRedis();
  await install(controlPlane, dirname(binary));
  const folder = mkdtempSync(join(tmpdir(), 'argo-cd-'));
  const parts: Part[] = [];
  const stop = async () => {
    await Promise.all(parts.toReversed().map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(['redis', 'repoServer', 'repoServerMetrics', 'controllerMetrics']);
    const env = environment(folder, controlPlane.kubeconfigPath, linkPrograms(folder, { binary, kustomize }));
    const start = (name: string, command: string, args: readonly string[]) => {
      parts.push(startPart({ name, folder, command, args, env }));
    };
    // One binary; its first argument picks the part.
    const startArgoPart = (name: string, flags: readonly string[]) => start(name, binary, [name, ...flags]);
    start('redis-server', 'redis-server', redisFlags(folder, ports));
    startArgoPart('argocd-repo-server', repoServerFlags(ports));
    startArgoPart('argocd-application-controller', controllerFlags(ports));
    for (const port of [ports.repoServerMetrics, ports.controllerMetrics]) {
      await untilWell(parts, () => isOk(`http://${HOST}:${port}/healthz`), START_MS_MAX);
    }
    return { logTails: () => logTailsOf(parts), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Ports = Readonly<Record<'redis' | 'repoServer' | 'repoServerMetrics' | 'controllerMetrics', number>>;

/** What it keeps is in memory alone. */
const redisFlags = (folder: string, ports: Ports): readonly string[] => [
  ...['--bind', HOST, '--port', String(ports.redis)],
  ...['--save', '', '--appendonly', 'no', '--dir', folder],
];

const repoServerFlags = (ports: Ports): readonly string[] => [
  `--address=${HOST}`,
  `--port=${ports.repoServer}`,
  `--metrics-address=${HOST}`,
  `--metrics-port=${ports.repoServerMetrics}`,
  `--redis=${HOST}:${ports.redis}`,
  '--disable-tls',
];

const controllerFlags = (ports: Ports): readonly string[] => [
  `--namespace=${ARGO_CD_NAMESPACE}`,
  `--metrics-port=${ports.controllerMetrics}`,
  `--repo-server=${HOST}:${ports.repoServer}`,
  '--repo-server-plaintext',
  `--redis=${HOST}:${ports.redis}`,
  `--app-resync=${RESYNC_SECONDS}`,
  '--app-resync-jitter=0',
  '--status-processors=2',
  '--operation-processors=2',
];

async function requireRedis(): Promise<void> {
  await promisify(execFile)('redis-server', ['--version']).catch((error: unknown) => {
    throw new Error('Argo CD needs redis-server on PATH: Debian and Ubuntu have a package of that name', {
      cause: error,
    });
  });
}

/** What an installation brings, without the Deployments: their processes run here. */
async function install(controlPlane: ControlPlane, partFolder: string): Promise<void> {
  const { kubectl } = controlPlane;
  await kubectl('create', 'namespace', ARGO_CD_NAMESPACE);
  await kubectl('apply', '--server-side', '-k', join(partFolder, 'crds'));
  await kubectl('apply', '--server-side', '-n', ARGO_CD_NAMESPACE, '-k', join(partFolder, 'config'));
  await untilEstablished(controlPlane);
  // Made by the absent server too; the other parts refuse to start without it.
  const key = { stringData: { 'server.secretkey': 'of a test' } };
  await patchObject(controlPlane, `/api/v1/namespaces/${ARGO_CD_NAMESPACE}/secrets/argocd-secret`, key);
  await createObject(controlPlane, `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_CD_NAMESPACE}/appprojects`, PROJECT);
}

/** A folder for PATH with kustomize, which the repo-server calls, and the helper that git asks for a password. */
function linkPrograms(folder: string, { binary, kustomize }: { binary: string; kustomize: string }): string {
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  symlinkSync(kustomize, join(programs, 'kustomize'));
  symlinkSync(binary, join(programs, 'argocd-git-ask-pass'));
  return programs;
}

/** Argo CD's paths lie in its image; here each is a folder of ours. */
function environment(folder: string, kubeconfigPath: string, programs: string): Readonly<Record<string, string>> {
  const inside = (name: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  writeFileSync(join(inside('ssh'), 'ssh_known_hosts'), '');
  return {
    PATH: `${programs}:${process.env.PATH ?? ''}`,
    HOME: inside('home'),
    TMPDIR: inside('tmp'),
    KUBECONFIG: kubeconfigPath,
    // `https://kubernetes.default.svc` is then what KUBECONFIG says.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_GNUPGHOME: inside('gpg'),
    ARGOCD_TLS_DATA_PATH: inside('tls'),
    ARGOCD_SSH_DATA_PATH: inside('ssh'),
    ARGOCD_PLUGINSOCKFILEPATH: inside('plugins'),
    ARGOCD_ASK_PASS_SOCK: join(inside('sockets'), 'ask-pass.sock'),
    HELM_CACHE_HOME: inside('helm'),
    HELM_CONFIG_HOME: inside('helm'),
    HELM_DATA_HOME: inside('helm'),
  };
}
