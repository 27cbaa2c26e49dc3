import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControllerProcess } from '../../sandbox/controller-process.ts';
import { LogBuffer } from '../../sandbox/log-buffer.ts';
import type { RealCluster } from './real-cluster.ts';

const NAMESPACE = 'karpenter';
const TOKENS = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/karpenter/token`;
const TOKEN_SECONDS = 3600;
const READY_MS_MAX = 150_000;
const LOG_TAIL_LINES = 40;

/** A controller that is kept as a kubelet keeps it: started again when it has ended, with a token from a file that is renewed. */
export interface KeptController {
  /** How often it was started. */
  starts(): number;
  /** Puts a new token into its file; returns the one that was there. */
  renewToken(): Promise<string>;
  /** What it has resident now. */
  residentBytes(): Promise<number>;
  /** The end of what it has printed. */
  logTail(): string;
  /** Ends it for good and removes its files. */
  close(): Promise<void>;
}

/** Starts the controller as its own service account, which must be there; it finds the API server at `url`. Resolves when it is ready. */
export async function startKeptController(cluster: RealCluster, url: string): Promise<KeptController> {
  const workplace = mkdtempSync(join(tmpdir(), 'kept-controller-'));
  const tokens = createTokenFile(join(workplace, 'token'), cluster.controlPlane.request);
  await tokens.renew();
  const log = new LogBuffer();
  const controller = new ControllerProcess({
    kubeconfigPath: writeConfig(join(workplace, 'kubeconfig'), { cluster, url, tokenFile: tokens.path }),
    awsUrl: cluster.awsUrl,
    region: cluster.model.state.region,
    namespace: NAMESPACE,
    log,
  });
  const kept = await keepRunning(controller);
  const close = async () => {
    await kept.stop();
    rmSync(workplace, { recursive: true, force: true });
  };
  try {
    await controller.ready(READY_MS_MAX);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    starts: kept.starts,
    renewToken: tokens.renew,
    residentBytes: () => residentBytes(controller.metricsPort),
    logTail: () => log.lines().slice(-LOG_TAIL_LINES).join('\n'),
    close,
  };
}

/** The token file of a pod, kept as the kubelet keeps it: another token is there as a whole, or not yet. */
function createTokenFile(path: string, request: RealCluster['controlPlane']['request']) {
  let present = '';
  const renew = async (): Promise<string> => {
    const spec = { expirationSeconds: TOKEN_SECONDS };
    const { status, body } = await request('POST', TOKENS, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });
    if (status !== 201) throw new Error(`no token for the controller: ${String(body.message)}`);
    const before = present;
    present = (body.status as { readonly token: string }).token;
    writeFileSync(`${path}.next`, present, { mode: 0o600 });
    renameSync(`${path}.next`, path);
    return before;
  };
  return { path, renew };
}

/** A kubeconfig in the words in which the client library keeps what a pod finds in its own file system. */
function writeConfig(
  path: string,
  { cluster, url, tokenFile }: { readonly cluster: RealCluster; readonly url: string; readonly tokenFile: string },
): string {
  const authority = Buffer.from(cluster.controlPlane.certificateAuthorityPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'front', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'pod', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } }],
    contexts: [{ name: 'front', context: { cluster: 'front', user: 'pod' } }],
    'current-context': 'front',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** Starts the process, and again whenever it has ended, until `stop`. */
async function keepRunning(
  controller: ControllerProcess,
): Promise<{ readonly starts: () => number; readonly stop: () => Promise<void> }> {
  const stopping = new AbortController();
  let starts = 0;
  const start = async () => {
    starts += 1;
    await controller.start();
  };
  await start();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await controller.exited;
      if (!stopping.signal.aborted) await start();
    }
  })();
  return {
    starts: () => starts,
    stop: async () => {
      stopping.abort();
      await controller.kill();
      await running;
      await controller.kill();
    },
  };
}

async function residentBytes(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1];
  if (bytes === undefined) throw new Error('the metrics tell nothing of memory');
  return Number(bytes);
}
