import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';

/** No answer came: the network, a certificate or the credentials. Says nothing of whether the cluster still exists. */
export class ClusterUnreachable extends Error {}

/** The API server refused, and not in a way that the caller had expected. */
class ApiRefusal extends Error {}

export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; of a PATCH as a merge patch. */
  readonly body?: unknown;
  /** Statuses of 400 and more that are answers to the caller, and not refusals. */
  readonly expected?: readonly number[];
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One cluster's API with the credentials of one kubeconfig. */
export interface ClusterApi {
  /** The answer. Throws ClusterUnreachable or ApiRefusal; what may pass is tried a few times before. */
  call(call: ApiCall): Promise<ApiAnswer>;
  /** The object; undefined when there is none, or nothing of its kind is served. */
  get<T extends object>(path: string): Promise<T | undefined>;
  /** Every object of a collection that `labelSelector` matches, however many pages; none when the kind is not served. */
  list(path: string, labelSelector?: string): Promise<readonly ApiObject[]>;
}

const REQUEST_MS_MAX = 30_000;
const TRIES_MAX = 5;
/** Doubled after each try: three seconds in all, for a connection that was cut or a server that has too much to do. */
const PAUSE_MS_MIN = 200;
const PAGE_OBJECTS = 500;
const PASSING_STATUSES = [429, 500, 502, 503, 504];

/** The cluster that the kubeconfig's current context names. Throws when it names none. */
export function connect(kubeconfig: string, signal: AbortSignal): ClusterApi {
  const config = parseKubeconfig(kubeconfig);
  const call = (request: ApiCall) => callPatiently(config, request, signal);
  return {
    call,
    get: async <T extends object>(path: string) => {
      const { status, body } = await call({ method: 'GET', path, expected: [404] });
      return status === 404 ? undefined : (body as T);
    },
    list: (path, labelSelector) => listAll(call, path, labelSelector),
  };
}

/** The URL of the API server that a kubeconfig leads to. Throws when it leads nowhere. */
export function serverOf(kubeconfig: string): string {
  return parseKubeconfig(kubeconfig).getCurrentCluster()?.server ?? '';
}

function parseKubeconfig(text: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(text);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`its current context "${config.getCurrentContext()}" names no cluster of it`);
  if (!URL.canParse(cluster.server)) throw new Error(`its server "${cluster.server}" is no URL`);
  if (!cluster.server.startsWith('http:')) return config;
  // The library refuses plain http, which kubectl speaks to a proxy on loopback, unless certificates are not checked.
  const allowed = new KubeConfig();
  const clusters = config.getClusters().map((one) => ({ ...one, skipTLSVerify: true }));
  const currentContext = config.getCurrentContext();
  allowed.loadFromOptions({ clusters, users: config.getUsers(), contexts: config.getContexts(), currentContext });
  return allowed;
}

async function listAll(
  call: ClusterApi['call'],
  path: string,
  labelSelector: string | undefined,
): Promise<readonly ApiObject[]> {
  const found: ApiObject[] = [];
  let next: string | undefined;
  do {
    const query = {
      limit: String(PAGE_OBJECTS),
      ...(labelSelector && { labelSelector }),
      ...(next && { continue: next }),
    };
    const { status, body } = await call({ method: 'GET', path, query, expected: [404] });
    if (status === 404) return [];
    const page = body as { items: ApiObject[]; metadata: { continue?: string } };
    found.push(...page.items);
    next = page.metadata.continue;
  } while (next);
  return found;
}

async function callPatiently(config: KubeConfig, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === TRIES_MAX;
    try {
      const answer = await callOnce(config, call, signal);
      if (isLast || !PASSING_STATUSES.includes(answer.status)) return unlessRefused(call, answer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiRefusal) throw error;
      if (isLast) throw unreachable(config, error);
    }
    await sleep(PAUSE_MS_MIN * 2 ** (attempt - 1), undefined, { signal });
  }
}

function unlessRefused({ method, path, expected }: ApiCall, answer: ApiAnswer): ApiAnswer {
  if (answer.status < 400 || expected?.includes(answer.status)) return answer;
  throw new ApiRefusal(`${method} ${path}: ${answer.status} ${messageOf(answer.body)}`);
}

async function callOnce(config: KubeConfig, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const options: https.RequestOptions = { method: call.method, headers: {} };
  const cut = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS_MAX)]);
  // The program that brings the credentials may wait for somebody who is not there.
  await Promise.race([config.applyToHTTPSOptions(options), rejectedBy(cut)]);
  Object.assign(options.headers as object, {
    Accept: 'application/json',
    'User-Agent': 'karpenter-gitops-pulumi',
    ...(body !== undefined && {
      'Content-Type': call.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
  });
  const url = new URL(config.getCurrentCluster()?.server ?? '');
  url.pathname = `${url.pathname.replace(/\/$/, '')}${call.path}`;
  url.search = new URLSearchParams(call.query).toString();
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = (url.protocol === 'https:' ? https : http).request(url, { ...options, signal: cut }, resolve);
  request.on('error', reject);
  request.end(body);
  const response = await promise;
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  const isJson = response.headers['content-type']?.includes('json');
  return { status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text };
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function unreachable(config: KubeConfig, cause: unknown): ClusterUnreachable {
  const { message, code } = cause as NodeJS.ErrnoException;
  const server = config.getCurrentCluster()?.server;
  return new ClusterUnreachable(`the API server ${server} does not answer: ${message || code}`, { cause });
}

function messageOf(body: unknown): string {
  return String((body as { message?: unknown })?.message ?? body);
}
