import type { KubeObject } from '../../../src/api/meta.ts';
import type { Timers } from '../../timers.ts';
import { EVENTS_GROUP_VERSION, fromEventsV1 } from '../event-versions.ts';
import { parseFieldSelector } from '../field-selector.ts';
import { isRecord, recordOf, valueAt } from '../json-value.ts';
import { parseLabelSelector, selectorMatches } from '../label-selector.ts';
import type { MemoryObjectStore, WriteOptions } from '../memory-object-store.ts';
import type { DeleteOptions } from '../object-deletion.ts';
import { StatusError } from '../object-store.ts';
import type { ServedKind } from '../served-kind.ts';
import { modelOfKind } from '../served-kinds.ts';
import { badRequest, invalid, invalidValue, methodNotAllowed, notFound, requiredValue } from '../status-errors.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { ListPages } from './list-pages.ts';
import { APPLY_PATCH, patcher } from './patching.ts';
import { type LogSource, servePodLog } from './pod-log.ts';
import { type Representation, representation } from './representation.ts';
import type { ResourceTarget } from './resource-target.ts';
import { bind, evict, scaled, scaleOf } from './subresources.ts';
import type { WatchHub } from './watch-hub.ts';

const VERSIONED_KINDS: ReadonlySet<string> = new Set(['Lease', 'PodDisruptionBudget']);

export interface EndpointParts {
  readonly store: MemoryObjectStore;
  readonly timers: Timers;
  readonly watches: WatchHub;
  readonly pages: ListPages;
  readonly logSource: LogSource;
}

/** Answers a request to a resource. Throws a `StatusError` for what is refused. */
export async function serveResource(
  parts: EndpointParts,
  exchange: HttpExchange,
  target: ResourceTarget,
): Promise<void> {
  if (target.name === undefined) return serveCollection(parts, exchange, target);
  if (target.subresource === undefined || target.subresource === 'status' || target.subresource === 'finalize') {
    return serveObject(parts, exchange, target, target.name);
  }
  return serveSubresource(parts, exchange, target, target.name);
}

async function serveCollection(parts: EndpointParts, exchange: HttpExchange, target: ResourceTarget): Promise<void> {
  switch (exchange.method) {
    case 'GET':
      return exchange.flag('watch') ? openWatch(parts, exchange, target) : serveList(parts, exchange, target);
    case 'POST': {
      const object = inNamespace(await bodyObject(exchange, target), target);
      const created = parts.store.create(target.kind.kind, object, writeOptions(exchange));
      return exchange.json(201, shown(parts, exchange, target).object(created));
    }
    case 'DELETE':
      return deleteCollection(parts, exchange, target);
    default:
      throw methodNotAllowed();
  }
}

async function serveObject(
  parts: EndpointParts,
  exchange: HttpExchange,
  target: ResourceTarget,
  name: string,
): Promise<void> {
  const { store } = parts;
  const { kind, namespace } = target;
  const options = {
    ...writeOptions(exchange),
    ...(target.subresource === 'status' ? { subresource: 'status' as const } : {}),
  };
  const answer = (object: KubeObject, code = 200) => exchange.json(code, shown(parts, exchange, target).object(object));
  switch (exchange.method) {
    case 'GET':
      return answer(required(parts, target, name));
    case 'PUT': {
      const object = inNamespace(await bodyObject(exchange, target), target);
      checkVersioned(kind, object);
      return answer(store.modify(kind.kind, name, namespace, () => object, options));
    }
    case 'PATCH': {
      const change = patcher(kind, exchange.contentType, await exchange.body());
      if (exchange.contentType === APPLY_PATCH) checkManager(exchange);
      if (exchange.contentType === APPLY_PATCH && store.get(kind.kind, name, namespace) === undefined) {
        const created = change({ metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
        return answer(store.create(kind.kind, created, options), 201);
      }
      return answer(store.modify(kind.kind, name, namespace, change, options));
    }
    case 'DELETE':
      if (target.subresource !== undefined) throw methodNotAllowed();
      return answerDeleted(
        exchange,
        target,
        store.delete(kind.kind, name, namespace, deleteOptions(exchange, await exchange.body())),
      );
    default:
      throw methodNotAllowed();
  }
}

async function serveSubresource(
  parts: EndpointParts,
  exchange: HttpExchange,
  target: ResourceTarget,
  name: string,
): Promise<void> {
  const { store, logSource } = parts;
  const { kind, subresource, namespace = '' } = target;
  if (subresource === 'scale' && kind.hasScale) return serveScale(parts, exchange, target, name);
  if (kind.kind !== 'Pod') throw notFound(kind, `${name}/${subresource}`);
  if (subresource === 'log' && exchange.method === 'GET')
    return servePodLog(exchange, required(parts, target, name), logSource);
  if (exchange.method !== 'POST') throw methodNotAllowed();
  const options = writeOptions(exchange);
  if (subresource === 'eviction') evict(store, namespace, name, await exchange.body(), options.dryRun ?? false);
  else if (subresource === 'binding')
    bind(store, { kind, namespace, name }, await exchange.body(), parts.timers.nowMs(), options);
  else throw notFound(kind, `${name}/${subresource}`);
  exchange.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function serveScale(
  parts: EndpointParts,
  exchange: HttpExchange,
  target: ResourceTarget,
  name: string,
): Promise<void> {
  const { store } = parts;
  if (exchange.method === 'GET') return exchange.json(200, scaleOf(required(parts, target, name)));
  const body = await exchange.body();
  const change = (object: KubeObject) => {
    if (exchange.method === 'PUT') return scaled(object, body as KubeObject);
    if (exchange.method === 'PATCH')
      return scaled(object, patcher({ ...target.kind, kind: 'Scale' }, exchange.contentType, body)(scaleOf(object)));
    throw methodNotAllowed();
  };
  exchange.json(200, scaleOf(store.modify(target.kind.kind, name, target.namespace, change, writeOptions(exchange))));
}

function serveList(parts: EndpointParts, exchange: HttpExchange, target: ResourceTarget): void {
  const { store, pages } = parts;
  checkVersionIsKnown(exchange.integer('resourceVersion') ?? 0, Number(store.resourceVersion()));
  const limit = exchange.integer('limit') ?? 0;
  const token = exchange.parameter('continue');
  const selected = () => store.list(target.kind.kind, target.namespace).filter(selection(exchange, target));
  const page = token === undefined ? pages.first(selected(), store.resourceVersion(), limit) : pages.next(token, limit);
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    // Of a selection a real server cannot know it without reading on.
    ...(page.continueToken === undefined || isSelective(exchange) ? {} : { remainingItemCount: page.remaining }),
  };
  exchange.json(200, shown(parts, exchange, target).list(page.objects, metadata));
}

function openWatch(parts: EndpointParts, exchange: HttpExchange, target: ResourceTarget): void {
  const version = exchange.integer('resourceVersion') ?? 0;
  checkVersionIsKnown(version, Number(parts.store.resourceVersion()));
  const sendsInitial = exchange.flag('sendInitialEvents');
  const seconds = exchange.integer('timeoutSeconds');
  parts.watches.open(
    exchange.response,
    {
      kind: target.kind,
      namespace: target.namespace,
      matches: selection(exchange, target),
      representation: shown(parts, exchange, target),
      fromVersion: version === 0 || sendsInitial ? undefined : version,
      wantsBookmarks: exchange.flag('allowWatchBookmarks'),
      marksInitialEvents: sendsInitial && exchange.flag('allowWatchBookmarks'),
    },
    ...(seconds === undefined ? [] : ([seconds * 1000] as const)),
  );
}

/** 504 for a version that is still to come, which a real server waits for a while. */
function checkVersionIsKnown(version: number, now: number): void {
  if (version <= now) return;
  throw new StatusError(504, 'Timeout', `Too large resource version: ${version}, current: ${now}`, {
    retryAfterSeconds: 1,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  });
}

function isSelective(exchange: HttpExchange): boolean {
  return exchange.parameter('labelSelector') !== undefined || exchange.parameter('fieldSelector') !== undefined;
}

/** Who replaces an object of these kinds has to say what it has seen; other built-in kinds take it on trust. */
function checkVersioned(kind: ServedKind, { metadata }: KubeObject): void {
  const isTrusting = modelOfKind(kind.kind) !== undefined && !VERSIONED_KINDS.has(kind.kind);
  if (isTrusting || (metadata.resourceVersion ?? '') !== '') return;
  const problem = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalid(kind, metadata.name, [problem]);
}

/** Server-side apply is in somebody's name. */
function checkManager(exchange: HttpExchange): void {
  if (exchange.parameter('fieldManager') !== undefined) return;
  const kind = { group: 'meta.k8s.io', kind: 'PatchOptions', plural: 'patchoptions' };
  throw invalid(kind, '', [requiredValue('fieldManager', 'is required for apply patch')]);
}

async function deleteCollection(parts: EndpointParts, exchange: HttpExchange, target: ResourceTarget): Promise<void> {
  const { store } = parts;
  const options = deleteOptions(exchange, await exchange.body());
  const doomed = store.list(target.kind.kind, target.namespace).filter(selection(exchange, target));
  const deleted = doomed.map(({ metadata }) =>
    store.delete(target.kind.kind, metadata.name, metadata.namespace, options),
  );
  exchange.json(200, shown(parts, exchange, target).list(deleted, { resourceVersion: store.resourceVersion() }));
}

/** A pod is answered as it is on its way out; of other things there is nothing left to show, unless something holds them back. */
function answerDeleted(exchange: HttpExchange, { kind }: ResourceTarget, object: KubeObject): void {
  if (kind.kind === 'Pod' || object.metadata.deletionTimestamp !== undefined) return exchange.json(200, object);
  const { name, uid } = object.metadata;
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid };
  exchange.json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function required({ store }: EndpointParts, { kind, namespace }: ResourceTarget, name: string): KubeObject {
  const object = store.get(kind.kind, name, namespace);
  if (object === undefined) throw notFound(kind, name);
  return object;
}

function shown(
  { timers }: EndpointParts,
  exchange: HttpExchange,
  { kind, apiVersion }: ResourceTarget,
): Representation {
  return representation({
    kind,
    apiVersion,
    accept: exchange.accept,
    includeObject: exchange.parameter('includeObject'),
    nowMs: () => timers.nowMs(),
  });
}

function selection(exchange: HttpExchange, { kind, name }: ResourceTarget): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(exchange.parameter('labelSelector') ?? '');
  const fieldsMatch = parseFieldSelector(kind, exchange.parameter('fieldSelector') ?? '');
  return (object) =>
    (name === undefined || object.metadata.name === name) &&
    selectorMatches(labels, object.metadata.labels ?? {}) &&
    fieldsMatch(object);
}

async function bodyObject(exchange: HttpExchange, target: ResourceTarget): Promise<KubeObject> {
  const body = await exchange.body();
  if (!isRecord(body)) throw badRequest('the body of the request is no object');
  const object = { ...body, metadata: recordOf(body.metadata) } as unknown as KubeObject;
  return target.apiVersion === EVENTS_GROUP_VERSION ? fromEventsV1(object) : object;
}

/** The namespace of the path goes for the object; another one in the object is a mistake. */
function inNamespace(object: KubeObject, { namespace }: ResourceTarget): KubeObject {
  if (namespace === undefined) return object;
  const own = object.metadata.namespace ?? '';
  if (own !== '' && own !== namespace)
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function writeOptions(exchange: HttpExchange): WriteOptions {
  const fieldValidation = exchange.parameter('fieldValidation') ?? 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return { fieldValidation, dryRun: isDryRun(exchange), onWarning: (warning) => exchange.warn(warning) };
}

function isDryRun(exchange: HttpExchange): boolean {
  return exchange.url.searchParams.getAll('dryRun').includes('All');
}

/** Options stand in the body or in the query; the body wins. */
function deleteOptions(exchange: HttpExchange, body: unknown): DeleteOptions {
  const options = recordOf(body);
  const grace = options.gracePeriodSeconds ?? exchange.integer('gracePeriodSeconds');
  const policy =
    options.propagationPolicy ??
    exchange.parameter('propagationPolicy') ??
    (options.orphanDependents === true ? 'Orphan' : undefined);
  const [uid, resourceVersion] = [
    valueAt(options, 'preconditions', 'uid'),
    valueAt(options, 'preconditions', 'resourceVersion'),
  ];
  if (policy !== undefined && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    throw badRequest(`invalid propagationPolicy ${JSON.stringify(policy)}`);
  }
  return {
    dryRun: isDryRun(exchange) || (Array.isArray(options.dryRun) && options.dryRun.includes('All')),
    ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}
