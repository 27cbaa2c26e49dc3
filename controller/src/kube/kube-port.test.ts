import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { countingIds, handClock, quietTelemetry, series } from '../../test/adapter-kit.ts';
import { eventually } from '../../test/eventually.ts';
import { FakeApiServer } from '../../test/fake-api-server.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubePort, ObjectEvent } from '../ports/kube.ts';
import { OperationError } from '../ports/operation-error.ts';
import { systemClock } from '../system-clock.ts';
import type { ProcessTelemetry } from '../telemetry/telemetry.ts';
import { createKubePort, type KubePortOptions } from './kube-port.ts';

const PODS = '/api/v1/pods';
const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
const EVENTS = '/api/v1/events';

let server: FakeApiServer;
let telemetry: ProcessTelemetry;
let port: KubePort;

function portOn(clock: Clock, options: Partial<KubePortOptions> = {}): KubePort {
  return createKubePort({
    kubeConfig: server.kubeConfig(),
    namespace: 'karpenter',
    telemetry,
    clock,
    ids: countingIds(),
    qps: 1000,
    burst: 1000,
    ...options,
  });
}

beforeEach(async () => {
  server = await new FakeApiServer().start();
  telemetry = quietTelemetry();
  port = portOn(systemClock);
});

afterEach(() => server.stop());

describe('reading and writing objects', () => {
  test('creates a Machine with the kind and apiVersion it needs, and reads it back', async () => {
    const created = await port.create('Machine', { metadata: { name: 'default-x' }, spec: { a: 1 } });
    expect(created).toMatchObject({ kind: 'Machine', apiVersion: 'karpenter.sh/v1alpha5', spec: { a: 1 } });
    expect(await port.get({ kind: 'Machine', name: 'default-x' })).toEqual(created);
  });

  test('says that a name is taken', async () => {
    await port.create('Machine', { metadata: { name: 'default-x' } });
    await expect(port.create('Machine', { metadata: { name: 'default-x' } })).rejects.toMatchObject({
      code: 'already-exists',
    });
  });

  test('finds nothing where nothing is, and throws where it cannot look', async () => {
    expect(await port.get({ kind: 'Node', name: 'none' })).toBeUndefined();
    server.script.push({ method: 'GET', path: /nodes/, status: 503, body: 'no' });
    await expect(port.get({ kind: 'Node', name: 'none' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('merges a patch: null removes, the rest stays', async () => {
    server.put(MACHINES, { metadata: { name: 'm' }, spec: { keep: 1, drop: 2 } });
    const patched = await port.patch({ kind: 'Machine', name: 'm' }, { spec: { drop: null, add: 3 } });
    expect(patched.spec).toEqual({ keep: 1, add: 3 });
  });

  test('patches the status through its subresource', async () => {
    server.put(MACHINES, { metadata: { name: 'm' } });
    await port.patch({ kind: 'Machine', name: 'm' }, { status: { nodeName: 'n' } }, { subresource: 'status' });
    expect(server.requests.at(-1)).toMatch(/^PATCH .*\/machines\/m\/status\?/);
  });

  test('refuses a patch of a version that is no longer current, and keeps the rest of the metadata it patches', async () => {
    const { metadata } = server.put(MACHINES, { metadata: { name: 'm' } });
    const version = metadata.resourceVersion ?? '';
    const withLabel = await port.patch(
      { kind: 'Machine', name: 'm' },
      { metadata: { labels: { a: 'b' } } },
      { resourceVersion: version },
    );
    expect(withLabel.metadata.labels).toEqual({ a: 'b' });
    await expect(
      port.patch({ kind: 'Machine', name: 'm' }, { spec: {} }, { resourceVersion: version }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('deletes the object with this uid', async () => {
    const { metadata } = server.put(MACHINES, { metadata: { name: 'm' } });
    await port.delete({ kind: 'Machine', name: 'm' }, metadata.uid ?? '');
    expect(server.find(MACHINES, 'm')).toBeUndefined();
  });

  test('has nothing to delete when the object is gone or another bears its name', async () => {
    await port.delete({ kind: 'Machine', name: 'm' }, 'some-uid');
    server.put(MACHINES, { metadata: { name: 'm', uid: 'the-next-one' } });
    await port.delete({ kind: 'Machine', name: 'm' }, 'the-last-one');
    expect(server.find(MACHINES, 'm')).toBeDefined();
  });

  test('does not take every refusal of a deletion for its end', async () => {
    const { metadata } = server.put(MACHINES, { metadata: { name: 'm' } });
    server.script.push({
      method: 'DELETE',
      path: /m$/,
      status: 409,
      body: { kind: 'Status', code: 409, reason: 'Conflict' },
    });
    await expect(port.delete({ kind: 'Machine', name: 'm' }, metadata.uid ?? '')).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('tries a read again when the server had closed the idle connection', async () => {
    server.put(PODS, { metadata: { name: 'a', namespace: 'default' } });
    await port.get({ kind: 'Pod', namespace: 'default', name: 'a' });
    await server.stop();
    await server.start();
    expect(await port.get({ kind: 'Pod', namespace: 'default', name: 'a' })).toBeDefined();
  });

  test('is held back by its own rate limit, and told so when that would take too long', async () => {
    const clock = handClock(0);
    const slow = portOn(clock, { qps: 1, burst: 2 });
    for (let i = 0; i < 4; i++) await slow.get({ kind: 'Node', name: 'n' });
    expect(clock.nowMs()).toBe(2000);
    const waiting = portOn({ ...handClock(0), sleep: async () => {} }, { qps: 1, burst: 1 });
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, () => waiting.get({ kind: 'Node', name: 'n' })),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected').map((answer) => answer.reason.code);
    expect(new Set(refused)).toEqual(new Set(['throttled']));
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(21);
  });
});

describe('when the lease ends while a write waits for its turn', () => {
  const MACHINE = { kind: 'Machine', name: 'm' } as const;
  const writes: readonly (readonly [string, (slow: KubePort) => Promise<unknown>])[] = [
    ['a creation', (slow) => slow.create('Machine', { metadata: { name: 'new' } })],
    ['a patch', (slow) => slow.patch(MACHINE, { spec: { a: 1 } })],
    ['a deletion', (slow) => slow.delete(MACHINE, 'uid')],
    ['an eviction', (slow) => slow.evict({ namespace: 'default', name: 'p', uid: 'uid' })],
  ];

  test.each(writes)('%s is not sent', async (_what, write) => {
    const clock = handClock(0);
    const beforeEffect = () => {
      if (clock.nowMs() > 0) throw new OperationError('not-leader', 'backoff', 'the lease has ended');
    };
    const slow = portOn(clock, { qps: 1, burst: 1, beforeEffect });
    await slow.get(MACHINE);
    await expect(write(slow)).rejects.toMatchObject({ code: 'not-leader' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('the pods of a node', () => {
  test('are those bound to it now, of all namespaces', async () => {
    for (const [name, namespace, nodeName] of [
      ['a', 'default', 'n'],
      ['b', 'kube-system', 'n'],
      ['c', 'default', 'other'],
    ] as const) {
      server.put(PODS, { metadata: { name, namespace, uid: `uid-${name}` }, spec: { nodeName } });
    }
    const pods = await port.podsOn('n');
    expect(pods.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual(['Pod a', 'Pod b']);
    expect(await port.podsOn('none')).toEqual([]);
  });
});

describe('eviction', () => {
  const name = { namespace: 'default', name: 'a', uid: 'uid-a' };
  beforeEach(() => void server.put(PODS, { metadata: { name: 'a', namespace: 'default', uid: 'uid-a' } }));

  test('evicts the pod', async () => {
    expect(await port.evict(name)).toBe('evicted');
    expect(server.find(PODS, 'a', 'default')).toBeUndefined();
  });

  test('finds it gone when it is, or when its name has passed to another pod', async () => {
    expect(await port.evict({ ...name, name: 'b' })).toBe('gone');
    expect(await port.evict({ ...name, uid: 'uid-of-its-predecessor' })).toBe('gone');
    expect(server.find(PODS, 'a', 'default')).toBeDefined();
  });

  test('tells a budget that refuses from a server that is overloaded', async () => {
    server.budgets.add('a');
    expect(await port.evict(name)).toBe('disruption-budget');
    server.script.push({
      method: 'POST',
      path: /eviction$/,
      status: 429,
      body: 'Too many requests, please try again later.',
    });
    await expect(port.evict(name)).rejects.toMatchObject({ code: 'throttled' });
  });
});

describe('events', () => {
  const nominated: ObjectEvent = {
    object: { kind: 'Pod', apiVersion: 'v1', name: 'a', namespace: 'default', uid: 'uid-a' },
    type: 'Normal',
    reason: 'Nominated',
    message: 'should land on machine/default-x',
  };
  const written = () => server.list(EVENTS);

  test('are written about their object, from karpenter', async () => {
    port.emit(nominated);
    await eventually('the event is written', () => written().length === 1);
    expect(written()[0]).toMatchObject({
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'a', uid: 'uid-a' },
      reason: 'Nominated',
      type: 'Normal',
      count: 1,
      source: { component: 'karpenter' },
    });
  });

  test('about objects without a namespace live in the default one', async () => {
    port.emit({ ...nominated, object: { kind: 'Node', apiVersion: 'v1', name: 'n', uid: 'uid-n' } });
    await eventually('the event is written', () => written()[0]?.metadata.namespace === 'default');
  });

  test('that repeat become one with a count, written at most each half minute', async () => {
    const clock = handClock(1_000_000);
    port = portOn(clock);
    port.emit(nominated);
    await eventually('the event is written', () => written().length === 1);
    for (let i = 0; i < 4; i++) port.emit(nominated);
    port.emit({ ...nominated, reason: 'Evicted' });
    await eventually('a later event is written', () => written().length === 2);
    expect(server.requests.filter((request) => request.startsWith('PATCH'))).toEqual([]);
    clock.advance(31_000);
    port.emit(nominated);
    await eventually('the repeats are counted', () =>
      written().some(({ count, reason }) => reason === 'Nominated' && count === 6),
    );
    expect(written()).toHaveLength(2);
  });

  test('that repeat after the server has dropped the first one are written anew', async () => {
    const clock = handClock(1_000_000);
    port = portOn(clock);
    port.emit(nominated);
    await eventually('the event is written', () => written().length === 1);
    server.remove(EVENTS, written()[0]?.metadata.name ?? '', 'default');
    clock.advance(31_000);
    port.emit(nominated);
    await eventually('the failure is noted', () => server.requests.some((request) => request.startsWith('PATCH')));
    await eventually('a new one is written', () => {
      port.emit(nominated);
      return written().length === 1;
    });
  });

  test('with a long message are cut to a kibibyte without breaking a character', async () => {
    port.emit({ ...nominated, message: 'ü'.repeat(2000) });
    await eventually('the event is written', () => written().length === 1);
    const message = String(written()[0]?.message);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(message).toMatch(/^ü+…$/);
  });

  test('beyond the rate are dropped and counted, and normal ones leave room for warnings', async () => {
    port = portOn(handClock(0));
    for (let i = 0; i < 250; i++) port.emit({ ...nominated, message: `pod ${i}` });
    port.emit({ ...nominated, type: 'Warning', reason: 'FailedScheduling', message: 'fits nowhere' });
    await eventually('the warning is written', () => written().some((event) => event.reason === 'FailedScheduling'));
    expect(await series(telemetry, 'karpenter_kubernetes_events_dropped{cause="rate"}')).toBe(50);
  });

  test('that the server refuses are counted, and nobody is thrown at', async () => {
    server.script.push({
      method: 'POST',
      path: /events$/,
      status: 403,
      body: { kind: 'Status', code: 403, reason: 'Forbidden' },
    });
    port.emit(nominated);
    await eventually('the request is answered', () => server.script.length === 0);
    const dropped = () => series(telemetry, 'karpenter_kubernetes_events_dropped{cause="forbidden"}');
    while ((await dropped()) !== 1) await systemClock.sleep(1, new AbortController().signal);
  });
});
