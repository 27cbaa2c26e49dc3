import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ApiAnswer, callApi } from './api-request.ts';
import { freePorts } from './free-ports.ts';
import { Part } from './part.ts';

const HOST = '127.0.0.1';
/** 6 s on an idle machine, 21 s were seen on one that built something else meanwhile. */
const START_MS_MAX = 90_000;
const POLL_MS = 100;

/** A real etcd and a real kube-apiserver on loopback, with RBAC, empty but for what the server makes itself. */
export interface ControlPlane {
  /** What kubectl prints as administrator; rejects with its stderr when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** One request as administrator; `body` is sent as JSON. */
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** Ends the processes and removes their files. */
  stop(): Promise<void>;
}

/**
 * Starts both from the binary of `npm run tools`, on free ports. The server makes its own certificate, and administrators are known by
 * a token: nothing but Node and that binary is needed. Rejects with the tail of a log when a part ends or is not ready in time.
 */
export async function startControlPlane(): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const parts: Part[] = [];
  const stop = async () => {
    await Promise.all(parts.toReversed().map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(['etcd', 'peer', 'api']);
    const token = randomBytes(16).toString('hex');
    parts.push(startEtcd(folder, ports.etcd, ports.peer));
    parts.push(startApiServer(folder, ports.api, ports.etcd, token));
    const server = `https://${HOST}:${ports.api}`;
    // The server begins to listen when it has read its certificate, so the file is there by the first answer.
    const certificate = join(folder, 'certificates', 'apiserver.crt');
    const request = async (method: string, path: string, body?: unknown) =>
      callApi(`${server}${path}`, { method, token, ca: readFileSync(certificate), body });
    await untilReady(parts, () => request('GET', '/readyz'));
    const kubeconfig = writeKubeconfig(folder, server, certificate, token);
    const kubectl = async (...args: string[]) =>
      (await promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, ...args])).stdout;
    return { kubectl, request, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startEtcd(folder: string, port: number, peerPort: number): Part {
  const client = `http://${HOST}:${port}`;
  const peer = `http://${HOST}:${peerPort}`;
  return new Part('etcd', folder, [
    `--name=test`,
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync', // the data is thrown away
    '--log-level=warn',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ]);
}

function startApiServer(folder: string, port: number, etcdPort: number, token: string): Part {
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return new Part('kube-apiserver', folder, [
    `--bind-address=${HOST}`,
    `--secure-port=${port}`,
    `--advertise-address=${HOST}`,
    '--endpoint-reconciler-type=none', // refuses to advertise loopback otherwise
    `--etcd-servers=http://${HOST}:${etcdPort}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--token-auth-file=${write('tokens.csv', `${token},admin,admin,system:masters\n`)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${write('service-account.key', keys.privateKey)}`,
    `--service-account-key-file=${write('service-account.pub', keys.publicKey)}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    // Pods would need a token volume that the absent controller manager provides.
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged',
    '--profiling=false',
  ]);
}

async function untilReady(parts: readonly Part[], ask: () => Promise<ApiAnswer>): Promise<void> {
  const deadlineMs = Date.now() + START_MS_MAX;
  for (;;) {
    const ended = parts.find((part) => part.hasEnded());
    if (ended !== undefined) throw new Error(`${ended.name} has ended:\n${ended.logTail()}`);
    // Refused connections and a certificate that is not written yet are what waiting is for.
    const answer = await ask().catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > deadlineMs) {
      throw new Error(`no control plane after ${START_MS_MAX} ms:\n${parts.map((part) => part.logTail()).join('\n')}`);
    }
    await sleep(POLL_MS);
  }
}

function writeKubeconfig(folder: string, server: string, certificate: string, token: string): string {
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
