import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../sandbox/free-ports.ts';
import { type ApiAnswer, callApi, type Identity } from './api-request.ts';
import { AUDIT_LOG, CERTIFICATES, HOST, startApiServer, startEtcd } from './api-server.ts';
import { type ApiCall, readCalls } from './audit-log.ts';
import { startControllerManager, startKwok, startScheduler } from './cluster-parts.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { isOk, type Part, untilWell } from './part.ts';
import { createUsers, type UserTokens } from './users.ts';

/** 6 s on an idle machine, 21 s were seen on one that built something else meanwhile. */
const START_MS_MAX = 90_000;
/** Lists of kubectl's `-o json` may be long. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What runs beside etcd and kube-apiserver. */
export interface ControlPlaneOptions {
  /** kube-scheduler: binds pods to nodes. */
  readonly scheduler?: boolean;
  /** kube-controller-manager: Deployments, garbage collection, budgets, silent nodes, token volumes, the `default` service accounts. */
  readonly controllerManager?: boolean;
  /** kwok: plays the kubelet of each Node with `KUBELET_LABEL`. */
  readonly kwok?: boolean;
}

export interface ServingCertificate {
  /** The whole chain. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A real control plane on loopback, with RBAC, empty but for what its parts make themselves. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** Whoever trusts it trusts the API server. */
  readonly certificateAuthorityPem: string;
  /** What the API server shows to its clients: with it a front can stand in its place. */
  readonly servingCertificate: ServingCertificate;
  /** The administrator's. */
  readonly token: string;
  /** Of the administrator, with authority and token within. */
  readonly kubeconfigPath: string;
  /** What kubectl prints as administrator; rejects with its stderr when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** One request as administrator, or in the name of another; `body` is sent as JSON, with PATCH as a merge patch. */
  request(method: string, path: string, body?: unknown, as?: Identity): Promise<ApiAnswer>;
  /** What service accounts outside kube-system have asked of the API server so far, oldest first. */
  callsOfWorkloads(): readonly ApiCall[];
  /** The process of that name, as in `etcd` and `kube-apiserver`. */
  part(name: string): Part;
  /** Resolves when the API server is ready, with etcd behind it: after one of them was restarted or paused. */
  untilReady(): Promise<void>;
  /** Ends the processes and removes their files. */
  stop(): Promise<void>;
}

/**
 * Starts the parts from the binary of `npm run tools`, on free ports. The API server makes its own certificate authority, and users are known
 * by tokens: nothing but Node and that binary is needed. Rejects with the tail of a log when a part ends or is not ready in time.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const parts: Part[] = [];
  const stop = async () => {
    await Promise.all(parts.toReversed().map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(['etcd', 'peer', 'api', 'controllerManager', 'scheduler', 'kwok']);
    const { tokens, tokenFile } = createUsers();
    const server = `https://${HOST}:${ports.api}`;
    parts.push(startEtcd(folder, ports.etcd, ports.peer));
    parts.push(
      startApiServer(folder, {
        port: ports.api,
        etcdPort: ports.etcd,
        tokenFile,
        serviceAccountAdmission: options.controllerManager === true,
      }),
    );
    const untilReady = () => untilWell(parts, () => isReady(folder, server, tokens.admin), START_MS_MAX);
    await untilReady();
    const certificatePem = certificateOf(folder, 'apiserver');
    const certificateAuthorityPem = authorityOf(certificatePem);
    const keyPem = readFileSync(join(folder, CERTIFICATES, 'apiserver.key'), 'utf8');
    const access = { server, certificateAuthorityPem };
    const request: ControlPlane['request'] = (method, path, body, as) =>
      callApi(`${server}${path}`, { method, token: tokens.admin, ca: certificateAuthorityPem, body, as });
    await startRest(folder, parts, options, ports, { ...access, tokens });
    if (options.controllerManager) await untilWell(parts, () => hasServiceAccounts(request), START_MS_MAX);
    const kubeconfigPath = writeKubeconfig(join(folder, 'kubeconfig'), { ...access, token: tokens.admin });
    return {
      ...access,
      servingCertificate: { certificatePem, keyPem },
      token: tokens.admin,
      kubeconfigPath,
      kubectl: async (...args) => {
        const argv = ['--kubeconfig', kubeconfigPath, ...args];
        return (await promisify(execFile)('kubectl', argv, { maxBuffer: OUTPUT_BYTES_MAX })).stdout;
      },
      request,
      callsOfWorkloads: () => readCalls(join(folder, AUDIT_LOG)),
      part: (name) => partOf(parts, name),
      untilReady,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function partOf(parts: readonly Part[], name: string): Part {
  const part = parts.find((each) => each.name === name);
  if (part === undefined) throw new Error(`${name} is no part of this control plane`);
  return part;
}

/** Starts what was asked for beside the API server; resolves when all of it says that it is well. */
async function startRest(
  folder: string,
  parts: Part[],
  options: ControlPlaneOptions,
  ports: Readonly<Record<'controllerManager' | 'scheduler' | 'kwok', number>>,
  access: { readonly server: string; readonly certificateAuthorityPem: string; readonly tokens: UserTokens },
): Promise<void> {
  const of = (user: 'controllerManager' | 'scheduler' | 'kwok') => ({
    port: ports[user],
    kubeconfig: writeKubeconfig(join(folder, `${user}.kubeconfig`), { ...access, token: access.tokens[user] }),
  });
  const isWell: (() => Promise<boolean>)[] = [];
  if (options.controllerManager) {
    parts.push(startControllerManager(folder, access.certificateAuthorityPem, of('controllerManager')));
    isWell.push(() => isHealthy(folder, 'kube-controller-manager', ports.controllerManager));
  }
  if (options.scheduler) {
    parts.push(startScheduler(folder, of('scheduler')));
    isWell.push(() => isHealthy(folder, 'kube-scheduler', ports.scheduler));
  }
  if (options.kwok) {
    parts.push(startKwok(folder, of('kwok')));
    isWell.push(() => isOk(`http://${HOST}:${ports.kwok}/healthz`));
  }
  for (const ask of isWell) await untilWell(parts, ask, START_MS_MAX);
}

/** The default service account comes late: pods cannot be created before. */
async function hasServiceAccounts(request: ControlPlane['request']): Promise<boolean> {
  return (await request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200;
}

async function isReady(folder: string, server: string, token: string): Promise<boolean> {
  const ca = certificateOf(folder, 'apiserver');
  return (await callApi(`${server}/readyz`, { method: 'GET', token, ca })).status === 200;
}

async function isHealthy(folder: string, part: string, port: number): Promise<boolean> {
  const ca = certificateOf(folder, part);
  return (await callApi(`https://${HOST}:${port}/healthz`, { method: 'GET', ca })).status === 200;
}

/** A part begins to listen when it has read its certificate, so the file is there by the first answer. */
function certificateOf(folder: string, part: string): string {
  return readFileSync(join(folder, CERTIFICATES, `${part}.crt`), 'utf8');
}

/** The authority stands last in the chain of a certificate that a part has made for itself. */
function authorityOf(chain: string): string {
  return chain.slice(chain.lastIndexOf('-----BEGIN CERTIFICATE-----'));
}
