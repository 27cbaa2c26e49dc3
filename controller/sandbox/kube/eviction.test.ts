import { beforeEach, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts';
import { createObjectStore } from './create-object-store.ts';
import { evictPod } from './eviction.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

const START_MS = Date.parse('2024-01-01T00:00:00Z');
let timers: VirtualTimers;
let store: MemoryObjectStore;

beforeEach(() => {
  timers = createVirtualTimers(START_MS);
  store = createObjectStore({ timers, crds: [] });
  for (const name of ['a', 'b', 'c']) runPod(name);
});

function runPod(name: string, isReady = true): void {
  store.create('Pod', {
    metadata: { name, labels: { app: 'web' } },
    spec: { nodeName: 'n1', containers: [{ name: 'web', image: 'web:1' }] },
  });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] };
  store.mergePatch('Pod', name, 'default', { status }, { subresource: 'status' });
}

function budget(name: string, spec: object): KubeObject {
  return store.create('PodDisruptionBudget', {
    metadata: { name },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });
}

const evict = (name: string) => evictPod(store, { namespace: 'default', name });
const isLeaving = (name: string) => store.get('Pod', name, 'default')?.metadata.deletionTimestamp !== undefined;

test('without a budget a pod is evicted', () => {
  evict('a');
  expect(isLeaving('a')).toBe(true);
});

test('a budget lets pods go until it would be broken, without waiting for its status', () => {
  budget('web', { minAvailable: 2 });
  evict('a');
  expect(() => evict('b')).toThrow(
    expect.objectContaining({
      code: 429,
      reason: 'TooManyRequests',
      details: expect.objectContaining({
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods and has 2 currently' },
        ],
      }),
    }),
  );
  expect(isLeaving('b')).toBe(false);
});

test('a share of unavailable pods counts against what the owner wants', () => {
  const owner = store.create('ReplicaSet', {
    metadata: { name: 'web' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  });
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'web',
    uid: owner.metadata.uid,
    controller: true,
  };
  for (const name of ['a', 'b', 'c'])
    store.mergePatch('Pod', name, 'default', { metadata: { ownerReferences: [reference] } });
  budget('web', { maxUnavailable: '25%' });
  expect(() => evict('a')).toThrow(expect.objectContaining({ code: 429 }));
});

test('a pod that is not ready costs nothing while the others hold the budget', () => {
  runPod('sick', false);
  budget('web', { minAvailable: 3 });
  evict('sick');
  expect(isLeaving('sick')).toBe(true);
});

test('two budgets over one pod are an error, a missing pod is a 404', () => {
  budget('one', { minAvailable: 0 });
  budget('two', { minAvailable: 0 });
  expect(() => evict('a')).toThrow(expect.objectContaining({ code: 500 }));
  expect(() => evict('nobody')).toThrow(expect.objectContaining({ code: 404 }));
});

test('the status of a budget follows the pods', async () => {
  budget('web', { minAvailable: 2 });
  await timers.run({ untilMs: START_MS + 1000 });
  expect(store.get('PodDisruptionBudget', 'web', 'default')?.status).toMatchObject({
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    disruptionsAllowed: 1,
  });
});
