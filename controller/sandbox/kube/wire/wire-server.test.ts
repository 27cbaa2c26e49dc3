import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../test/eventually.ts';
import { type Faults, noFaults } from '../../faults.ts';
import { createWallTimers, type WallTimers } from '../../wall-timers.ts';
import { createObjectStore } from '../create-object-store.ts';
import { readDefinitions } from '../custom-kinds.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { startWireServer, type WireServer } from './wire-server.ts';

const CRDS = readDefinitions('manifests/crds');

let timers: WallTimers;
let faults: Faults;
let store: MemoryObjectStore;
let server: WireServer;

beforeEach(async () => {
  timers = createWallTimers();
  faults = noFaults();
  store = createObjectStore({ timers, crds: CRDS });
  server = await startWireServer({
    store,
    timers,
    faults,
    host: '127.0.0.1',
    logSource: () => lines('one', 'two', 'three'),
  });
});

afterEach(async () => {
  await server.close();
  timers.close();
});

async function* lines(...all: string[]): AsyncIterable<string> {
  yield* all;
}

interface Answer {
  readonly code: number;
  /** JSON that tests read into. */
  readonly body: ReturnType<typeof JSON.parse>;
  readonly warning: string | null;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init =
    body === undefined
      ? { method, headers }
      : { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  return {
    code: response.status,
    body: text.startsWith('{') ? JSON.parse(text) : text,
    warning: response.headers.get('warning'),
  };
}

interface WatchFrame {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly code?: number;
    readonly metadata: { readonly name?: string; readonly resourceVersion?: string; readonly annotations?: object };
  };
}

interface OpenWatch {
  readonly frames: WatchFrame[];
  /** `open`, `ended` as a server ends it, or `broken` as a network breaks it. */
  state(): 'open' | 'ended' | 'broken';
  close(): void;
}

async function watch(path: string): Promise<OpenWatch> {
  const abort = new AbortController();
  const response = await fetch(server.url + path, { signal: abort.signal });
  const frames: WatchFrame[] = [];
  let state: ReturnType<OpenWatch['state']> = 'open';
  const read = async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      frames.push(...parts.map((line) => JSON.parse(line)));
    }
    state = 'ended';
  };
  read().catch(() => {
    state = 'broken';
  });
  return { frames, state: () => state, close: () => abort.abort() };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const create = (name: string, labels = {}) => store.create('ConfigMap', { metadata: { name, labels } });
const told = ({ frames }: OpenWatch) =>
  frames.map(({ type, object }) => `${type} ${object.metadata.name ?? object.kind}`);

describe('a watch', () => {
  test('begins with what there is, or after the version it names', async () => {
    const first = create('a');
    create('b');
    const all = await watch(`${CONFIG_MAPS}?watch=true`);
    const later = await watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${first.metadata.resourceVersion}`);
    store.delete('ConfigMap', 'a', 'default');
    await eventually('both have heard all', () => all.frames.length === 3 && later.frames.length === 2);
    expect(told(all)).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
    expect(told(later)).toEqual(['ADDED b', 'DELETED a']);
  });

  test('with a selector sees objects enter and leave the selection', async () => {
    create('a', { app: 'x' });
    const selected = await watch(`${CONFIG_MAPS}?watch=true&labelSelector=app%3Dx`);
    store.mergePatch('ConfigMap', 'a', 'default', { metadata: { labels: { app: 'y' } } });
    store.mergePatch('ConfigMap', 'a', 'default', { metadata: { labels: { app: 'z' } } });
    store.mergePatch('ConfigMap', 'a', 'default', { metadata: { labels: { app: 'x' } } });
    await eventually('the last change', () => selected.frames.length === 3);
    expect(told(selected)).toEqual(['ADDED a', 'DELETED a', 'ADDED a']);
  });

  test('from a version that is forgotten ends with 410', async () => {
    create('a');
    for (let n = 0; n < 10_001; n++) store.mergePatch('ConfigMap', 'a', 'default', { data: { n: String(n) } });
    const late = await watch(`${CONFIG_MAPS}?watch=true&resourceVersion=1`);
    await eventually('the end', () => late.state() === 'ended');
    expect(late.frames).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410 } }]);
  });

  test('marks the end of the initial events when asked to', async () => {
    create('a');
    const streaming = await watch(
      `${CONFIG_MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
    );
    await eventually('the mark', () => streaming.frames.length === 2);
    expect(streaming.frames[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  test('ends in time, with a bookmark for those who want one', async () => {
    const short = await watch(
      `${CONFIG_MAPS}?watch=true&resourceVersion=${store.resourceVersion()}&timeoutSeconds=1&allowWatchBookmarks=true`,
    );
    await eventually('the end', () => short.state() === 'ended');
    expect(short.frames).toMatchObject([
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: store.resourceVersion() } } },
    ]);
  });

  test('that is stalled is silent and open, and catches up when the fault is gone', async () => {
    const stalled = await watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${store.resourceVersion()}`);
    const other = await watch(`/api/v1/namespaces?watch=true&resourceVersion=${store.resourceVersion()}`);
    await call('PATCH', '/sandbox/faults', { stalledWatches: ['ConfigMap'] });
    create('a');
    store.create('Namespace', { metadata: { name: 'seen' } });
    await eventually('the other kind', () => other.frames.length === 1);
    expect(stalled.frames).toEqual([]);
    expect(stalled.state()).toBe('open');
    await call('PATCH', '/sandbox/faults', { stalledWatches: [] });
    await eventually('the silent one', () => stalled.frames.length === 1);
  });

  test('is cut by a fault, and can be opened again', async () => {
    const cut = await watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${store.resourceVersion()}`);
    faults.watchCuts += 1;
    await eventually('the cut', () => cut.state() !== 'open');
    const again = await watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${store.resourceVersion()}`);
    create('a');
    await eventually('the next change', () => again.frames.length === 1);
  });

  test('as a table tells its columns once', async () => {
    create('a');
    create('b');
    const response = await fetch(`${server.url}${CONFIG_MAPS}?watch=true&timeoutSeconds=1`, {
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    });
    const frames = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(frames.map(({ object }) => object.columnDefinitions.length)).toEqual([3, 0]);
    expect(frames[1].object.rows[0].cells.slice(0, 2)).toEqual(['b', 0]);
  });
});

describe('a list', () => {
  test('in pages shows one moment, whatever happens meanwhile', async () => {
    for (const name of ['a', 'b', 'c']) create(name);
    const first = await call('GET', `${CONFIG_MAPS}?limit=2`);
    expect(first.body.metadata).toMatchObject({ remainingItemCount: 1 });
    store.delete('ConfigMap', 'c', 'default');
    const second = await call('GET', `${CONFIG_MAPS}?limit=2&continue=${first.body.metadata.continue}`);
    expect(second.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['c']);
    expect(second.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
    expect(await call('GET', `${CONFIG_MAPS}?continue=OTk5OjE`)).toMatchObject({
      code: 410,
      body: { reason: 'Expired' },
    });
  });

  test('of events speaks both groups', async () => {
    const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default', uid: 'u' };
    store.create('Event', {
      metadata: { name: 'e' },
      involvedObject,
      reason: 'Because',
      message: 'it is so',
      type: 'Normal',
      source: { component: 'karpenter' },
    });
    const core = await call('GET', '/api/v1/events?fieldSelector=involvedObject.name%3Dp,involvedObject.uid%3Du');
    const events = await call('GET', '/apis/events.k8s.io/v1/namespaces/default/events');
    expect(core.body.items).toMatchObject([{ message: 'it is so' }]);
    expect(events.body.items).toMatchObject([
      { note: 'it is so', regarding: { name: 'p' }, reportingController: 'karpenter' },
    ]);
    const written = {
      metadata: { name: 'f' },
      regarding: involvedObject,
      note: 'new',
      reason: 'R',
      type: 'Normal',
      reportingController: 'x',
    };
    expect(await call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', written)).toMatchObject({
      code: 201,
      body: { note: 'new' },
    });
    expect(store.get('Event', 'f', 'default')).toMatchObject({ message: 'new', involvedObject: { name: 'p' } });
  });
});

describe('refusals', () => {
  test('are Status objects', async () => {
    expect(await call('GET', `${CONFIG_MAPS}/nobody`)).toMatchObject({
      code: 404,
      body: {
        kind: 'Status',
        status: 'Failure',
        reason: 'NotFound',
        details: { name: 'nobody', kind: 'configmaps' },
        code: 404,
      },
    });
    expect(await call('GET', '/apis/nowhere.io/v1/things')).toMatchObject({ code: 404, body: { reason: 'NotFound' } });
    expect(await call('POST', CONFIG_MAPS, 'text')).toMatchObject({ code: 400 });
    expect(await call('PATCH', `${CONFIG_MAPS}/nobody`, {}, { 'content-type': 'text/plain' })).toMatchObject({
      code: 415,
    });
    expect(await call('GET', `${CONFIG_MAPS}?fieldSelector=data.x%3D1`)).toMatchObject({ code: 400 });
  });

  test('a body beyond 3 MiB is too large', async () => {
    expect(await call('POST', CONFIG_MAPS, { data: { a: 'x'.repeat(3 * 1024 * 1024) } })).toMatchObject({ code: 413 });
  });

  test('a lenient client is warned of a field that nobody knows', async () => {
    const answer = await call('POST', CONFIG_MAPS, { metadata: { name: 'a' }, datta: {} });
    expect(answer).toMatchObject({ code: 201, warning: '299 - "unknown field \\"datta\\""' });
  });

  test('a strategic merge patch of a custom resource is not supported, and kubectl sends another', async () => {
    store.create('Provisioner', { metadata: { name: 'p' }, spec: { provider: {} } });
    const path = '/apis/karpenter.sh/v1alpha5/provisioners/p';
    expect((await call('PATCH', path, {}, { 'content-type': 'application/strategic-merge-patch+json' })).code).toBe(
      415,
    );
    expect(
      (await call('PATCH', path, { spec: { weight: 3 } }, { 'content-type': 'application/merge-patch+json' })).body.spec
        .weight,
    ).toBe(3);
  });

  test('an unknown fault, or one of the wrong type, changes nothing', async () => {
    expect(await call('PATCH', '/sandbox/faults', { earthquake: true })).toMatchObject({ code: 400 });
    expect(await call('PATCH', '/sandbox/faults', { awsDelayMs: 'long' })).toMatchObject({ code: 400 });
    expect((await call('GET', '/sandbox/faults')).body).toEqual(noFaults());
  });

  test('a port in use is said by name', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const port = (taken.address() as { port: number }).port;
    const second = startWireServer({ store, timers, faults, host: '127.0.0.1', port, logSource: () => undefined });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('subresources', () => {
  const pods = '/api/v1/namespaces/default/pods';
  beforeEach(() => {
    store.create('Pod', {
      metadata: { name: 'p', labels: { app: 'x' } },
      spec: { containers: [{ name: 'c', image: 'i:1' }] },
    });
  });

  test('a Binding puts a pod on a node, once', async () => {
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    };
    expect((await call('POST', `${pods}/p/binding`, binding)).code).toBe(201);
    expect((await call('POST', `${pods}/p/binding`, binding)).code).toBe(409);
    expect(store.get('Pod', 'p', 'default')?.spec).toMatchObject({ nodeName: 'n1' });
  });

  test('an Eviction against a budget is a 429 with the reason', async () => {
    store.mergePatch('Pod', 'p', 'default', { spec: { nodeName: 'n1' } });
    store.mergePatch(
      'Pod',
      'p',
      'default',
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      { subresource: 'status' },
    );
    store.create('PodDisruptionBudget', {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
    });
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: 'default' } };
    expect(await call('POST', `${pods}/p/eviction`, eviction)).toMatchObject({
      code: 429,
      body: { details: { causes: [{ reason: 'DisruptionBudget' }] } },
    });
    store.delete('PodDisruptionBudget', 'b', 'default');
    expect((await call('POST', `${pods}/p/eviction`, eviction)).code).toBe(201);
  });

  test('a log is cut to its last lines', async () => {
    expect((await call('GET', `${pods}/p/log?tailLines=2`)).body).toBe('two\nthree\n');
    expect((await call('GET', `${pods}/p/log?follow=true`)).body).toBe('one\ntwo\nthree\n');
    expect((await call('GET', `${pods}/p/log?container=other`)).code).toBe(400);
  });

  test('a dry run answers as if, and writes nothing', async () => {
    const answer = await call('POST', `${CONFIG_MAPS}?dryRun=All`, { metadata: { name: 'a' } });
    expect(answer).toMatchObject({ code: 201, body: { metadata: { name: 'a' } } });
    expect(store.get('ConfigMap', 'a', 'default')).toBeUndefined();
  });

  test('a collection is deleted by its selection', async () => {
    create('a', { app: 'x' });
    create('b');
    expect((await call('DELETE', `${CONFIG_MAPS}?labelSelector=app%3Dx`)).code).toBe(200);
    expect(store.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['b']);
  });
});
