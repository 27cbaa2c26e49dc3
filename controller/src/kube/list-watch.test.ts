import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quietTelemetry } from '../../test/adapter-kit.ts';
import { eventually } from '../../test/eventually.ts';
import { FakeApiServer } from '../../test/fake-api-server.ts';
import type { KubeObject } from '../api/meta.ts';
import type { KubeEvent } from '../ports/kube.ts';
import { systemClock } from '../system-clock.ts';
import { createKubePort } from './kube-port.ts';
import type { ListWatchLimits } from './list-watch.ts';

const PODS = '/api/v1/pods';
const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
/** Long enough that only a story about silence or bad luck meets them. */
const LIMITS: ListWatchLimits = {
  watchSecondsMin: 240,
  silentMsMax: 60_000,
  backoffMsMin: 2,
  backoffMsMax: 20,
  oldListMsMax: 60_000,
  soundMsMin: 50,
};

let server: FakeApiServer;
let stop: AbortController;
let followed: Promise<void>;
let events: KubeEvent[];

beforeEach(async () => {
  server = await new FakeApiServer().start();
  stop = new AbortController();
  followed = Promise.resolve();
  events = [];
});

afterEach(async () => {
  stop.abort();
  await followed;
  await server.stop();
});

function portTo(limits: Partial<ListWatchLimits> = {}) {
  return createKubePort({
    kubeConfig: server.kubeConfig(),
    namespace: 'karpenter',
    telemetry: quietTelemetry(),
    clock: systemClock,
    ids: { next: (prefix) => `${prefix}aaaaa` },
    qps: 10_000,
    burst: 10_000,
    random: () => 0.5,
    limits: { ...LIMITS, ...limits },
  });
}

function follow(kind: 'Pod' | 'Machine' | 'ConfigMap' = 'Pod', limits: Partial<ListWatchLimits> = {}): void {
  followed = portTo(limits).follow(kind, (event) => events.push(event), stop.signal);
}

const pod = (name: string, extra: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'default' },
  ...extra,
});
const put = (name: string, extra?: Record<string, unknown>) => server.put(PODS, pod(name, extra));

/** The objects that an event tells of. */
const objectsOf = (event: KubeEvent): readonly KubeObject[] => ('objects' in event ? event.objects : [event.object]);
/** The events in words: `replaced a b`, `changed a`, `removed a`. */
const told = (): string[] =>
  events.map((event) => [event.type, ...objectsOf(event).map(({ metadata }) => metadata.name)].join(' '));
const idOf = ({ metadata: { name, namespace } }: KubeObject) => ({ name, namespace });
const isTold = (line: string) => eventually(`told: ${line}`, () => told().includes(line));
const isWatching = () => eventually('a watch is open', () => server.openWatches() === 1);
const lists = () => server.requests.filter((request) => !request.includes('watch='));

describe('list and watch', () => {
  test('tells the complete list, then each change in order', async () => {
    put('a');
    follow();
    await isTold('replaced a');
    await isWatching();
    put('b');
    put('a', { spec: {} });
    server.remove(PODS, 'b', 'default');
    await isTold('removed b');
    expect(told()).toEqual(['replaced a', 'changed b', 'changed a', 'removed b']);
  });

  test('tells a long list page by page, and with the last one whom the others had', async () => {
    for (let i = 0; i < 1200; i++) put(`pod-${i}`);
    follow();
    await eventually('the list is told', () => events.length === 3);
    expect(events.map((event) => [event.type, objectsOf(event).length])).toEqual([
      ['listing', 500],
      ['listing', 500],
      ['replaced', 200],
    ]);
    const last = events.at(-1);
    const listed = last?.type === 'replaced' ? last.listed : [];
    expect(listed).toEqual(events.slice(0, 2).flatMap((event) => objectsOf(event).map(idOf)));
    expect(lists()).toHaveLength(3);
  });

  test('reads a list whose page token has expired again, and counts no page of it as listed', async () => {
    for (let i = 0; i < 700; i++) put(`pod-${i}`);
    server.tokensExpire = true;
    follow();
    await eventually('the list is told', () => events.at(-1)?.type === 'replaced');
    expect(events.at(-1)).toMatchObject({ listed: [], objects: { length: 700 } });
  });

  test('gives every object a kind and an apiVersion, and no managedFields', async () => {
    server.put(
      PODS,
      pod('a', { metadata: { name: 'a', namespace: 'default', managedFields: [{ manager: 'kubectl' }] } }),
    );
    follow();
    await isTold('replaced a');
    const [event] = events;
    const object = event?.type === 'replaced' ? event.objects[0] : undefined;
    expect(object).toMatchObject({ kind: 'Pod', apiVersion: 'v1' });
    expect(object?.metadata).not.toHaveProperty('managedFields');
  });

  test('follows of all ConfigMaps only the settings in its own namespace', async () => {
    const settings = (namespace: string, name: string) =>
      server.put('/api/v1/configmaps', { metadata: { name, namespace } });
    settings('karpenter', 'karpenter-global-settings');
    settings('karpenter', 'another');
    settings('default', 'karpenter-global-settings');
    follow('ConfigMap');
    await isTold('replaced karpenter-global-settings');
    await isWatching();
    expect(server.requests.at(-1)).toMatch(
      /^GET \/api\/v1\/namespaces\/karpenter\/configmaps\?watch=true.*fieldSelector=metadata.name%3Dkarpenter-global-settings/,
    );
  });
});

describe('a watch that ends', () => {
  test.each([
    ['is cut in the middle of a line', () => server.dropWatches()],
    ['is closed without an error', () => server.closeWatches()],
  ])('and %s goes on from the last version: nothing is lost, nothing listed again', async (_how, end) => {
    put('a');
    follow();
    await isWatching();
    put('b');
    await isTold('changed b');
    end();
    put('c');
    await isTold('changed c');
    await isWatching();
    put('d');
    await isTold('changed d');
    expect(told()).toEqual(['replaced a', 'changed b', 'changed c', 'changed d']);
  });

  test('is opened again when it says nothing for too long', async () => {
    follow('Pod', { silentMsMax: 60 });
    await isWatching();
    server.isMute = true;
    put('unheard');
    const before = server.requests.length;
    await eventually('another watch is opened', () => server.requests.length > before);
    server.isMute = false;
    await isTold('changed unheard');
    expect(lists()).toHaveLength(1);
  });

  test('is not taken for silent because a long solve kept its lines from being read', async () => {
    follow('Pod', { silentMsMax: 100 });
    await isWatching();
    // From here the loop comes to its timers before it comes to its sockets.
    await new Promise((resolve) => setImmediate(resolve));
    put('a');
    const freeAtMs = performance.now() + 300;
    while (performance.now() < freeAtMs);
    await isTold('changed a');
    put('b');
    await isTold('changed b');
    expect(server.requests.filter((request) => request.includes('watch='))).toHaveLength(1);
  });

  test('is opened again when its request is never answered', async () => {
    follow('Pod', { silentMsMax: 60 });
    await isWatching();
    server.isHanging = true;
    server.closeWatches();
    const before = server.requests.length;
    await eventually('a second try hangs', () => server.requests.length >= before + 2);
    server.isHanging = false;
    put('late');
    await isTold('changed late');
  });

  test('resumes from the latest bookmark, so that a quiet kind needs no new list', async () => {
    put('a');
    follow();
    await isWatching();
    server.put(MACHINES, { metadata: { name: 'elsewhere' } });
    server.bookmark();
    await eventually('the bookmark moved the place to resume from', () => {
      server.compact();
      server.closeWatches();
      return server.requests.some((request) => request.includes('resourceVersion=102'));
    });
    await isWatching();
    put('b');
    await isTold('changed b');
    expect(lists()).toHaveLength(1);
  });

  test('lists anew when the server has forgotten the version: what vanished meanwhile is not in the new list', async () => {
    put('a');
    put('b');
    follow();
    await isWatching();
    await server.stop();
    server.remove(PODS, 'a', 'default');
    server.compact();
    await server.start();
    await isTold('replaced b');
    await isWatching();
    put('c');
    await isTold('changed c');
  });

  test('does not believe a list from before what it has seen: what came later would look gone', async () => {
    const old = { kind: 'PodList', metadata: { resourceVersion: '100' }, items: [] };
    put('a');
    follow();
    await isWatching();
    server.script.push({ method: 'GET', path: /pods$/, status: 410, body: { kind: 'Status', reason: 'Expired' } });
    for (let i = 0; i < 3; i++) server.script.push({ method: 'GET', path: /pods$/, status: 200, body: old });
    server.closeWatches();
    await eventually('a second list is told', () => told().filter((line) => line.startsWith('replaced')).length === 2);
    expect(told()).toEqual(['replaced a', 'replaced a']);
  });

  test('does not tell even the first page of such a list', async () => {
    const old = { kind: 'PodList', metadata: { resourceVersion: '100', continue: 'more' }, items: [pod('gone')] };
    put('a');
    follow();
    await isWatching();
    server.script.push({ method: 'GET', path: /pods$/, status: 410, body: { kind: 'Status', reason: 'Expired' } });
    server.script.push({ method: 'GET', path: /pods$/, status: 200, body: old });
    server.closeWatches();
    await eventually('a second list is told', () => told().filter((line) => line.startsWith('replaced')).length === 2);
    expect(told()).toEqual(['replaced a', 'replaced a']);
  });

  test('believes an old list in the end: etcd was set back', async () => {
    const old = { kind: 'PodList', metadata: { resourceVersion: '50' }, items: [] };
    put('a');
    follow('Pod', { oldListMsMax: 30 });
    await isWatching();
    server.script.push({ method: 'GET', path: /pods$/, status: 410, body: { kind: 'Status', reason: 'Expired' } });
    for (let i = 0; i < 50; i++) server.script.push({ method: 'GET', path: /pods$/, status: 200, body: old });
    server.closeWatches();
    await isTold('replaced');
  });

  test('lists anew when the request itself is answered with 410', async () => {
    put('a');
    follow();
    await isWatching();
    server.script.push({
      method: 'GET',
      path: /pods$/,
      status: 410,
      body: { kind: 'Status', code: 410, reason: 'Gone' },
    });
    server.closeWatches();
    await eventually('a second list is told', () => told().filter((line) => line === 'replaced a').length === 2);
  });

  test('with an error that is no 410 goes on from the last version', async () => {
    put('a');
    follow();
    await isWatching();
    server.say('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd has no leader' });
    await eventually(
      'another watch is asked for',
      () => server.requests.filter((r) => r.includes('watch=')).length >= 2,
    );
    put('b');
    await isTold('changed b');
    expect(lists()).toHaveLength(1);
  });

  test.each([
    ['no object', null],
    ['an object without metadata', {}],
  ])('with a line that carries %s goes on from the last version', async (_what, object) => {
    follow();
    await isWatching();
    server.say('MODIFIED', object);
    put('b');
    await isTold('changed b');
    expect(lists()).toHaveLength(1);
  });

  test('does not go back to an older version after events out of order', async () => {
    put('a');
    follow();
    await isWatching();
    put('b');
    server.say('MODIFIED', { metadata: { name: 'old', resourceVersion: '7' } });
    await isTold('changed old');
    server.compact();
    server.closeWatches();
    await eventually(
      'another watch is asked for',
      () => server.requests.at(-1)?.includes('resourceVersion=102') === true,
    );
    expect(lists()).toHaveLength(1);
  });
});

describe('a server in trouble', () => {
  test.each([
    ['overloaded', 429, 'Too many requests, please try again later.'],
    ['broken', 500, { kind: 'Status', code: 500, reason: 'InternalError' }],
    ['starting', 503, 'apiserver not ready'],
    ['not willing yet', 403, { kind: 'Status', code: 403, reason: 'Forbidden' }],
  ])('that is %s is asked again until it answers', async (_state, status, body) => {
    for (let i = 0; i < 3; i++) server.script.push({ method: 'GET', path: /pods$/, status, body });
    put('a');
    follow();
    await isTold('replaced a');
    expect(told()).toEqual(['replaced a']);
  });

  test('that is down at the start is asked until it is up', async () => {
    put('a');
    await server.stop();
    follow();
    await server.start();
    await isTold('replaced a');
  });

  test('that does not serve the kind yet is asked until its definition is installed', async () => {
    server.unserved.add(MACHINES);
    server.put(MACHINES, { metadata: { name: 'default-x' } });
    follow('Machine');
    await eventually('asked twice', () => server.requests.length >= 2);
    expect(events).toEqual([]);
    server.unserved.clear();
    await isTold('replaced default-x');
  });
});

describe('the end', () => {
  test.each([
    ['in a watch', () => {}, () => server.openWatches() === 1],
    ['in a request that hangs', () => void (server.isHanging = true), () => server.requests.length === 1],
    [
      'in a pause between two tries',
      () => void server.script.push({ method: 'GET', path: /pods$/, status: 503, body: 'no' }),
      () => server.requests.length === 1 && server.script.length === 0,
    ],
  ])('comes at once when the signal aborts %s', async (_where, arrange, isThere) => {
    arrange();
    follow('Pod', { backoffMsMin: 60_000, backoffMsMax: 60_000 });
    await eventually('the follower is there', isThere);
    stop.abort();
    await followed;
    const toldAtEnd = told();
    put('unheard');
    expect(told()).toEqual(toldAtEnd);
  });

  test('comes loudly when the sink throws: that is our bug and no retry mends it', async () => {
    put('a');
    const broken = portTo().follow(
      'Pod',
      (event) => {
        if (event.type === 'changed') throw new Error('sink is broken');
      },
      stop.signal,
    );
    const outcome = expect(broken).rejects.toThrow('sink is broken');
    await isWatching();
    put('b');
    await outcome;
  });
});

test('whatever happens to connections and history, the follower ends with what the server has', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name: fc.constantFrom('a', 'b', 'c', 'd') }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c', 'd') }),
    },
    fc.record({
      do: fc.constantFrom('drop' as const, 'close' as const, 'compact' as const, 'fail' as const, 'pause' as const),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = await new FakeApiServer().start();
      const end = new AbortController();
      const mirror = new Map<string, string | undefined>();
      const following = createKubePort({
        kubeConfig: world.kubeConfig(),
        namespace: 'karpenter',
        telemetry: quietTelemetry(),
        clock: systemClock,
        ids: { next: (prefix) => prefix },
        qps: 10_000,
        burst: 10_000,
        random: () => 0,
        limits: { ...LIMITS, backoffMsMin: 1, backoffMsMax: 4 },
      }).follow(
        'Pod',
        (event) => {
          if (event.type === 'replaced') mirror.clear();
          for (const { metadata } of objectsOf(event)) {
            if (event.type === 'removed') mirror.delete(metadata.name);
            else mirror.set(metadata.name, metadata.resourceVersion);
          }
        },
        end.signal,
      );
      for (const action of steps) {
        if (action.do === 'put') world.put(PODS, pod(action.name));
        else if (action.do === 'remove') world.remove(PODS, action.name, 'default');
        else if (action.do === 'drop') world.dropWatches();
        else if (action.do === 'close') world.closeWatches();
        else if (action.do === 'compact') world.compact();
        else if (action.do === 'fail') world.script.push({ method: 'GET', path: /pods$/, status: 503, body: 'no' });
        else await eventually('the follower breathes', () => world.openWatches() > 0 || world.script.length > 0);
      }
      const want = () =>
        JSON.stringify(
          world
            .list(PODS)
            .map((o) => [o.metadata.name, o.metadata.resourceVersion])
            .sort(),
        );
      await eventually(`the mirror is ${want()}`, () => JSON.stringify([...mirror].sort()) === want());
      end.abort();
      await following;
      await world.stop();
    }),
    { seed: 20, numRuns: 40 },
  );
});
