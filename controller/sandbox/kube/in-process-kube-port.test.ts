import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import type { KubeEvent, WatchedKind } from '../../src/ports/kube.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { bootingInstance, createWorldFixture, podObject, workloadObject } from '../world/world-fixture.ts';
import { createInProcessKubePort } from './in-process-kube-port.ts';

function setUp() {
  const fixture = createWorldFixture();
  const { store, timers, faults } = fixture;
  const port = createInProcessKubePort({
    store,
    timers,
    faults,
    random: createSeededRandom(1),
    namespace: 'karpenter',
  });
  const abort = new AbortController();
  /** What a follower knows, folded as state does it. */
  const follow = (kind: WatchedKind): { known: Map<string, KubeObject>; events: KubeEvent[] } => {
    const known = new Map<string, KubeObject>();
    const events: KubeEvent[] = [];
    const sink = (event: KubeEvent): void => {
      events.push(event);
      if (event.type === 'replaced') {
        known.clear();
        for (const object of event.objects) known.set(object.metadata.name, object);
      } else if (event.type === 'listing') throw new Error('a list in memory needs no pages');
      else if (event.type === 'changed') known.set(event.object.metadata.name, event.object);
      else known.delete(event.object.metadata.name);
    };
    void port.follow(kind, sink, abort.signal);
    return { known, events };
  };
  /** The outcome of a call once time has passed: its value or its error. */
  const outcome = async <T>(call: Promise<T>): Promise<T | unknown> => {
    let settled: T | unknown;
    void call.then(
      (value) => {
        settled = value;
      },
      (error: unknown) => {
        settled = error;
      },
    );
    await fixture.pass(50);
    return settled;
  };
  return { ...fixture, port, abort, follow, outcome };
}

const settings = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

describe('following a kind', () => {
  test('begins with a complete list and goes on with every change, in order', async () => {
    const { store, follow, pass } = setUp();
    store.create('Pod', podObject('old'));
    const { known, events } = follow('Pod');
    await pass(100);
    expect(events).toMatchObject([{ type: 'replaced', objects: [{ metadata: { name: 'old' } }] }, { type: 'changed' }]);
    store.create('Pod', podObject('new'));
    store.mergePatch('Pod', 'new', 'default', { metadata: { labels: { step: '2' } } });
    store.delete('Pod', 'old', 'default');
    await pass(1000);
    expect([...known.keys()]).toEqual(['new']);
    expect(known.get('new')?.metadata.labels).toEqual({ step: '2' });
  });

  test('does not give back one’s own writes at once', async () => {
    const { port, follow, pass, outcome, timers } = setUp();
    const { known } = follow('Pod');
    await pass(100);
    let wasKnown: boolean | undefined;
    void port.create('Pod', podObject('p')).then(() => {
      wasKnown = known.has('p');
    });
    await timers.run({ until: () => wasKnown !== undefined, deadlineMs: timers.nowMs() + 100 });
    expect(wasKnown).toBe(false);
    await outcome(Promise.resolve());
    expect(known.has('p')).toBe(true);
  });

  test('after a cut comes again with a list that lacks what went meanwhile', async () => {
    const { store, faults, follow, pass } = setUp();
    store.create('Pod', podObject('p'));
    const { known, events } = follow('Pod');
    await pass(1000);
    faults.watchCuts++;
    store.delete('Pod', 'p', 'default');
    await pass(20);
    expect(known.has('p')).toBe(true);
    await pass(2000);
    expect(known.size).toBe(0);
    expect(events.filter(({ type }) => type === 'replaced')).toHaveLength(2);
  });

  test('stays silent while the watch is stalled, and finds it out in the end', async () => {
    const { store, faults, follow, pass } = setUp();
    const { known } = follow('Pod');
    await pass(1000);
    faults.stalledWatches.push('Pod');
    store.create('Pod', podObject('p'));
    await pass(60_000);
    expect(known.has('p')).toBe(false);
    await pass(40_000);
    expect(known.has('p')).toBe(true);
  });

  test('of ConfigMaps tells of the settings only', async () => {
    const { store, follow, pass } = setUp();
    const { known } = follow('ConfigMap');
    await pass(100);
    store.create('ConfigMap', settings('karpenter', 'karpenter-global-settings'));
    store.create('ConfigMap', settings('karpenter', 'other'));
    await pass(100);
    expect([...known.keys()]).toEqual(['karpenter-global-settings']);
  });

  test('ends with its signal: nothing is told afterwards', async () => {
    const { store, follow, abort, pass } = setUp();
    const { events } = follow('Pod');
    await pass(100);
    store.create('Pod', podObject('p'));
    abort.abort();
    await pass(1000);
    expect(events).toMatchObject([{ type: 'replaced', objects: [] }]);
  });
});

describe('calls', () => {
  test('take effect after a moment and answer after another', async () => {
    const { port, timers, store } = setUp();
    const startMs = timers.nowMs();
    let isAnswered = false;
    void port.create('Pod', podObject('p')).then(() => {
      isAnswered = true;
    });
    expect(store.get('Pod', 'p', 'default')).toBeUndefined();
    await timers.run({ until: () => store.get('Pod', 'p', 'default') !== undefined, deadlineMs: startMs + 100 });
    expect(isAnswered).toBe(false);
    await timers.run({ until: () => isAnswered, deadlineMs: startMs + 100 });
    expect(isAnswered).toBe(true);
  });

  test('fail with the code that says what to do', async () => {
    const { port, outcome, store } = setUp();
    const { metadata } = store.create('Pod', podObject('p'));
    const name = { kind: 'Pod', name: 'p', namespace: 'default' } as const;
    const outdated = { resourceVersion: String(Number(metadata.resourceVersion) - 1) };
    expect(await outcome(port.create('Pod', podObject('p')))).toMatchObject({ code: 'already-exists' });
    expect(await outcome(port.patch(name, { metadata: { labels: { a: 'b' } } }, outdated))).toMatchObject({
      code: 'conflict',
      retry: 'refresh',
    });
    expect(await outcome(port.patch({ ...name, name: 'q' }, {}))).toMatchObject({ code: 'not-found' });
    expect(
      await outcome(port.create('Pod', { metadata: { name: 'NOT A NAME', namespace: 'default' } })),
    ).toBeInstanceOf(OperationError);
    expect(await outcome(port.get({ ...name, name: 'q' }))).toBeUndefined();
  });

  test('delete only the object that is meant, and are content when it is gone', async () => {
    const { port, outcome, store } = setUp();
    const name = { kind: 'Pod', name: 'p', namespace: 'default' } as const;
    const uid = store.create('Pod', podObject('p')).metadata.uid ?? '';
    expect(await outcome(port.delete(name, 'another'))).toBeUndefined();
    expect(store.get('Pod', 'p', 'default')).toBeDefined();
    await outcome(port.delete(name, uid));
    expect(store.get('Pod', 'p', 'default')).toBeUndefined();
    expect(await outcome(port.delete(name, uid))).toBeUndefined();
  });

  test('tell the pods that are bound to a node now, whatever the watch has shown', async () => {
    const { store, port, outcome } = setUp();
    store.create('Pod', podObject('here'));
    store.create('Pod', podObject('elsewhere'));
    store.mergePatch('Pod', 'here', 'default', { spec: { nodeName: 'n' } });
    store.mergePatch('Pod', 'elsewhere', 'default', { spec: { nodeName: 'other' } });
    expect(await outcome(port.podsOn('n'))).toMatchObject([{ metadata: { name: 'here' } }]);
  });

  test('evict as far as the budget goes', async () => {
    const { port, outcome, store, run, until, pods, status, pass } = setUp();
    run(bootingInstance('i-1'));
    store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 2 }));
    const spec = { selector: { matchLabels: { app: 'web' } }, maxUnavailable: 1 };
    store.create('PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec,
    });
    await until(() => status('Deployment', 'web')['availableReplicas'] === 2);
    await pass(1000);
    const [first, second] = pods().map(({ metadata }) => ({
      namespace: 'default',
      name: metadata.name,
      uid: metadata.uid ?? '',
    }));
    if (first === undefined || second === undefined) throw new Error('two pods were available a moment ago');
    expect(await outcome(port.evict({ ...first, uid: 'another' }))).toBe('gone');
    expect(await outcome(port.evict(first))).toBe('evicted');
    expect(await outcome(port.evict(second))).toBe('disruption-budget');
    await until(
      () =>
        status('Deployment', 'web')['availableReplicas'] === 2 && store.get('Pod', first.name, 'default') === undefined,
    );
    await pass(1000);
    expect(await outcome(port.evict(first))).toBe('gone');
    expect(await outcome(port.evict(second))).toBe('evicted');
  });

  test('leave events that repeat as one with a count', async () => {
    const { port, pass, store } = setUp();
    const { metadata } = store.create('Pod', podObject('p'));
    const object = { kind: 'Pod', apiVersion: 'v1', name: 'p', namespace: 'default', uid: metadata.uid ?? '' };
    for (let repeat = 0; repeat < 3; repeat++)
      port.emit({ object, type: 'Normal', reason: 'Nominated', message: 'x'.repeat(5000) });
    await pass(20);
    const ours = store.list('Event', 'default').filter(({ reason }) => reason === 'Nominated');
    expect(ours).toMatchObject([{ count: 3, source: { component: 'karpenter' } }]);
    expect(String(ours[0]?.['message'])).toHaveLength(1024);
  });
});
