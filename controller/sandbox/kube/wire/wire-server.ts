import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults } from '../../faults.ts';
import type { Timers } from '../../timers.ts';
import { isRecord, mergePatched } from '../json-value.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { badRequest, methodNotAllowed, noSuchResource } from '../status-errors.ts';
import { accessReview } from './access-review.ts';
import {
  aggregatedDiscovery,
  aggregatedVersion,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from './discovery.ts';
import { HttpExchange } from './http-exchange.ts';
import { ListPages } from './list-pages.ts';
import { groupVersionOfPath, openApiDocument, openApiIndex } from './open-api.ts';
import type { LogSource } from './pod-log.ts';
import { type EndpointParts, serveResource } from './resource-endpoint.ts';
import { resourceTarget } from './resource-target.ts';
import { WatchHub } from './watch-hub.ts';

/** The version of Kubernetes that the stand-in speaks for: EKS still has AL2 images for it. */
export const KUBERNETES_VERSION = 'v1.32.4';
const KEEP_ALIVE_MS = 120_000;

export interface WireServerOptions {
  readonly store: MemoryObjectStore;
  /** Wall time. */
  readonly timers: Timers;
  readonly faults: Faults;
  readonly host: '127.0.0.1';
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly logSource: LogSource;
}

export interface WireServer {
  readonly url: string;
  readonly port: number;
  /** Ends watches and connections, and resolves when the port is free. */
  close(): Promise<void>;
}

/** Serves the store as a Kubernetes API on loopback. Rejects with the socket's error when the port is taken. */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const { store, timers, faults, host, logSource } = options;
  const watches = new WatchHub(store, timers, faults);
  const parts: Parts = { store, timers, watches, pages: new ListPages(), logSource, faults };
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void answer(parts, request, response),
  );
  await listen(server, options.port ?? 0, host);
  watches.start();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        watches.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Parts = EndpointParts & { readonly faults: Faults };

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away in the middle is nobody's error.
  response.on('error', () => undefined);
  const exchange = new HttpExchange(request, response);
  try {
    await route(parts, exchange);
  } catch (error) {
    exchange.refuse(error);
  }
}

async function route(parts: Parts, exchange: HttpExchange): Promise<void> {
  const { kinds } = parts.store;
  const path = exchange.url.pathname.replace(/\/$/, '') || '/';
  if (path === '/sandbox/faults') return serveFaults(parts, exchange);
  const review = accessReview(exchange, path);
  if (review !== undefined) return exchange.json(201, review);
  const target = resourceTarget(kinds, path);
  if (target !== undefined) return serveResource(parts, exchange, target);
  if (path === '/healthz' || path === '/livez' || path === '/readyz') {
    exchange.response.writeHead(200, { 'content-type': 'text/plain' });
    exchange.response.end('ok');
    return;
  }
  const aggregated = aggregatedVersion(exchange.accept);
  if ((path === '/api' || path === '/apis') && aggregated !== undefined) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
    return exchange.json(200, aggregatedDiscovery(kinds, path === '/api' ? 'api' : 'apis', aggregated), type);
  }
  const document = documentAt(parts, path);
  if (document === undefined) throw noSuchResource();
  exchange.json(200, document);
}

function documentAt({ store }: Parts, path: string): unknown {
  const { kinds } = store;
  if (path === '/version') return versionDocument();
  if (path === '/api') return coreVersions();
  if (path === '/apis') return groupList(kinds);
  if (path === '/openapi/v3') return openApiIndex(kinds, store.list('CustomResourceDefinition'));
  if (path.startsWith('/openapi/v3/')) {
    return openApiDocument(
      kinds,
      store.list('CustomResourceDefinition'),
      groupVersionOfPath(path.slice('/openapi/v3/'.length)),
    );
  }
  const [root, group = '', version] = path.split('/').slice(1) as [string, string?, string?];
  if (root === 'api' && version === undefined) return resourceList(kinds, group);
  if (root === 'apis')
    return version === undefined ? groupDocument(kinds, group) : resourceList(kinds, `${group}/${version}`);
  return undefined;
}

function versionDocument(): Record<string, string> {
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(KUBERNETES_VERSION) ?? [];
  return {
    major,
    minor,
    gitVersion: KUBERNETES_VERSION,
    gitCommit: '0'.repeat(40),
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: process.version,
    compiler: 'sandbox',
    platform: `${process.platform}/${process.arch}`,
  };
}

/** GET shows the faults that are on; PATCH (a merge patch) switches them. Unknown names and wrong types are refused. */
async function serveFaults({ faults, watches }: Parts, exchange: HttpExchange): Promise<void> {
  if (exchange.method === 'PATCH') {
    const patch = await exchange.body();
    if (!isRecord(patch)) throw badRequest('a patch of the faults is an object');
    const next = mergePatched(faults, patch) as Record<string, unknown>;
    for (const [name, value] of Object.entries(faults)) {
      const found = next[name];
      if (typeof found !== typeof value || Array.isArray(found) !== Array.isArray(value))
        throw badRequest(`fault ${name} takes a value such as ${JSON.stringify(value)}`);
    }
    const unknown = Object.keys(next).filter((name) => !(name in faults));
    if (unknown.length > 0)
      throw badRequest(`unknown fault ${unknown.join(', ')}; known are ${Object.keys(faults).join(', ')}`);
    Object.assign(faults, next);
    watches.checkFaults();
  } else if (exchange.method !== 'GET') throw methodNotAllowed();
  exchange.json(200, faults);
}
