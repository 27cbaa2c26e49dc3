import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../src/api/meta.ts';

/** An answer that stands in for the next one of the server's own. */
export interface ScriptedAnswer {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  /** An object is sent as JSON, a string as plain text. */
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

interface Change {
  readonly collection: string;
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

interface OpenWatch {
  readonly collection: string;
  readonly response: http.ServerResponse;
}

/** Where a path leads: `/api/v1/pods` and `/apis/g/v/namespaces/n/things/x/status` alike. */
const PATH = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/;

/**
 * An API server on loopback for tests of the adapter: any collection, versions, pages, watches with history, merge patch,
 * preconditions; and the misbehaviour of real ones on demand. It knows no schema and no admission.
 */
export class FakeApiServer {
  /** Every request, oldest first, as `GET /api/v1/pods?watch=true`. */
  readonly requests: string[] = [];
  /** Answers to give instead of the server's own, first match first; each once. */
  readonly script: ScriptedAnswer[] = [];
  /** While true, watches stay open and say nothing. */
  isMute = false;
  /** While true, requests are read and never answered. */
  isHanging = false;
  /** Page tokens handed out so far are refused from now on. */
  tokensExpire = false;
  /** Collections that are not served: 404, as before their CRD is installed. */
  readonly unserved = new Set<string>();
  /** Pods whose eviction a budget refuses. */
  readonly budgets = new Set<string>();
  private readonly server = http.createServer((request, response) => void this.handle(request, response));
  private readonly objects = new Map<string, KubeObject>();
  private readonly history: Change[] = [];
  private readonly watches = new Set<OpenWatch>();
  private readonly sockets = new Set<Socket>();
  private readonly muted = new WeakSet<Socket>();
  private version = 100;
  private oldestVersion = 0;
  private port = 0;

  constructor() {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Listens on loopback; again after `stop` on the same port. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Cuts every connection and refuses new ones. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  kubeConfig(): KubeConfig {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      { name: 'fake', server: `http://127.0.0.1:${this.port}`, skipTLSVerify: false },
      { name: 'tester', token: 'let-me-in' },
    );
    return kubeConfig;
  }

  /** Creates or replaces an object of a collection such as `/api/v1/pods`; told to watches. */
  put(collection: string, object: KubeObject): KubeObject {
    const key = keyOf(collection, object.metadata.namespace, object.metadata.name);
    const known = this.objects.get(key);
    const version = String(++this.version);
    const uid = known?.metadata.uid ?? object.metadata.uid ?? `uid-${version}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: version } };
    this.objects.set(key, stored);
    this.record({ collection, version: this.version, type: known ? 'MODIFIED' : 'ADDED', object: stored });
    return stored;
  }

  /** Removes an object; told to watches. */
  remove(collection: string, name: string, namespace?: string): void {
    const key = keyOf(collection, namespace, name);
    const known = this.objects.get(key);
    if (known === undefined) return;
    this.objects.delete(key);
    const object = { ...known, metadata: { ...known.metadata, resourceVersion: String(++this.version) } };
    this.record({ collection, version: this.version, type: 'DELETED', object });
  }

  find(collection: string, name: string, namespace?: string): KubeObject | undefined {
    return this.objects.get(keyOf(collection, namespace, name));
  }

  list(collection: string): readonly KubeObject[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${collection} `)).map(([, object]) => object);
  }

  openWatches(): number {
    return this.watches.size;
  }

  /** Cuts open watches in the middle of a line. */
  dropWatches(): void {
    for (const { response } of this.takeWatches()) response.write('{"type":"MODIFIED","obj', () => response.destroy());
  }

  /** Ends open watches as their timeout does. */
  closeWatches(): void {
    for (const { response } of this.takeWatches()) response.end();
  }

  /** Whatever comes by a connection that is open now is read and never answered; new ones are sound. */
  muteConnections(): void {
    for (const socket of this.sockets) this.muted.add(socket);
  }

  /** Sends bookmarks at the latest version. */
  bookmark(): void {
    const object = { kind: 'Any', metadata: { name: '', resourceVersion: String(this.version) } };
    for (const watch of this.watches) this.send(watch, 'BOOKMARK', object);
  }

  /** Sends a line to each open watch as it is. */
  say(type: string, object: unknown): void {
    for (const { response } of this.watches) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Forgets all changes so far: watches that resume from an older version get 410. */
  compact(): void {
    this.history.length = 0;
    this.oldestVersion = this.version;
  }

  /** The open watches, which get no more changes. */
  private takeWatches(): readonly OpenWatch[] {
    const taken = [...this.watches];
    this.watches.clear();
    return taken;
  }

  private record(change: Change): void {
    this.history.push(change);
    for (const watch of this.watches)
      if (watch.collection === change.collection) this.send(watch, change.type, change.object);
  }

  private send(watch: OpenWatch, type: string, object: unknown): void {
    if (!this.isMute) watch.response.write(`${JSON.stringify({ type, object })}\n`);
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const method = request.method ?? 'GET';
    this.requests.push(`${method} ${url.pathname}${url.search}`);
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (this.isHanging || this.muted.has(request.socket)) return;
    const scripted = this.script.findIndex((answer) => answer.method === method && answer.path.test(url.pathname));
    if (scripted >= 0) {
      const [answer] = this.script.splice(scripted, 1) as [ScriptedAnswer];
      return reply(response, answer.status, answer.body, answer.headers);
    }
    if (request.headers.authorization !== 'Bearer let-me-in')
      return status(response, 401, 'Unauthorized', 'who are you?');
    const parts = PATH.exec(url.pathname);
    if (parts === null) return status(response, 404, 'NotFound', 'no such path');
    const [, root, namespace, plural, name, subresource] = parts;
    const collection = `${root}/${plural}`;
    if (this.unserved.has(collection)) return reply(response, 404, '404 page not found\n');
    const body = text === '' ? {} : JSON.parse(text);
    if (method === 'GET' && name === undefined) {
      return url.searchParams.has('watch')
        ? this.watch(collection, url.searchParams, response)
        : this.page(collection, namespace, url.searchParams, response);
    }
    if (method === 'POST' && subresource === 'eviction')
      return this.evict(collection, name ?? '', namespace, body, response);
    if (method === 'POST') return this.create(collection, namespace, body, response);
    this.change(method, collection, name ?? '', namespace, body, response);
  }

  private page(
    collection: string,
    namespace: string | undefined,
    query: URLSearchParams,
    response: http.ServerResponse,
  ): void {
    const token = query.get('continue');
    if (token !== null && this.tokensExpire)
      return status(response, 410, 'Expired', 'The provided continue parameter is too old');
    const [field = '', selected] = query.get('fieldSelector')?.split('=') ?? [];
    const all = this.list(collection).filter(
      ({ metadata, spec }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (selected === undefined || selected === (field === 'spec.nodeName' ? Object(spec).nodeName : metadata.name)),
    );
    const start = Number(token ?? 0);
    const end = query.has('limit') ? start + Number(query.get('limit')) : all.length;
    const items = all.slice(start, end).map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
    const metadata = { resourceVersion: String(this.version), ...(end < all.length ? { continue: String(end) } : {}) };
    reply(response, 200, { kind: 'List', metadata, items });
  }

  private watch(collection: string, query: URLSearchParams, response: http.ServerResponse): void {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (from < this.oldestVersion) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: `too old resource version: ${from}` };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const watch = { collection, response };
    for (const change of this.history) {
      if (change.collection === collection && change.version > from) this.send(watch, change.type, change.object);
    }
    this.watches.add(watch);
    response.once('close', () => this.watches.delete(watch));
  }

  private create(
    collection: string,
    namespace: string | undefined,
    body: KubeObject,
    response: http.ServerResponse,
  ): void {
    if (this.find(collection, body.metadata.name, namespace)) {
      return status(response, 409, 'AlreadyExists', `"${body.metadata.name}" already exists`);
    }
    const metadata = namespace === undefined ? body.metadata : { ...body.metadata, namespace };
    reply(response, 201, this.put(collection, { ...body, metadata }));
  }

  private change(
    method: string,
    collection: string,
    name: string,
    namespace: string | undefined,
    body: Record<string, unknown>,
    response: http.ServerResponse,
  ): void {
    const known = this.find(collection, name, namespace);
    if (known === undefined) return status(response, 404, 'NotFound', `"${name}" not found`);
    if (method === 'GET') return reply(response, 200, known);
    const { resourceVersion } = (body.metadata ?? {}) as { resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion) {
      return status(response, 409, 'Conflict', 'the object has been modified');
    }
    if (method === 'DELETE') {
      const uid = (body.preconditions as { uid?: string } | undefined)?.uid;
      if (uid !== undefined && uid !== known.metadata.uid)
        return status(response, 409, 'Conflict', 'Precondition failed: UID');
      this.remove(collection, name, namespace);
      return reply(response, 200, { kind: 'Status', status: 'Success' });
    }
    const next = method === 'PUT' ? (body as KubeObject) : (mergePatch(known, body) as KubeObject);
    reply(response, 200, this.put(collection, { ...next, metadata: { ...known.metadata, ...next.metadata } }));
  }

  private evict(
    collection: string,
    name: string,
    namespace: string | undefined,
    body: { deleteOptions?: { preconditions?: { uid?: string } } },
    response: http.ServerResponse,
  ): void {
    const pod = this.find(collection, name, namespace);
    const uid = body.deleteOptions?.preconditions?.uid;
    if (pod === undefined) return status(response, 404, 'NotFound', `pods "${name}" not found`);
    if (uid !== undefined && uid !== pod.metadata.uid)
      return status(response, 409, 'Conflict', 'Precondition failed: UID');
    if (this.budgets.has(name))
      return status(response, 429, 'TooManyRequests', "it would violate the pod's disruption budget");
    this.remove(collection, name, namespace);
    reply(response, 201, { kind: 'Status', status: 'Success' });
  }
}

function keyOf(collection: string, namespace: string | undefined, name: string): string {
  return `${collection} ${namespace ?? ''}/${name}`;
}

function status(response: http.ServerResponse, code: number, reason: string, message: string): void {
  reply(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}

function reply(response: http.ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void {
  const isText = typeof body === 'string';
  response.writeHead(code, { 'Content-Type': isText ? 'text/plain' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
