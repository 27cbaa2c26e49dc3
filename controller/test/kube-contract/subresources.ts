import { beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import type { ApiSubject } from './api-subject.ts';
import { BUDGETS, created, DEPLOYMENTS, NODES, PODS, podOn } from './contract-objects.ts';

const NODE = 'contract-subresources';
/** The status of a budget is a controller's work. */
const COUNTED_MS_MAX = 60_000;

/** What is said of evictions, bindings and scales. */
export function describeSubresources(api: () => ApiSubject): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const create = (collection: string, object: object) => created(api(), collection, object);
  const runningPod = async (name: string, app: string) => {
    const { metadata } = await create(PODS, podOn(NODE, name, { app }));
    const conditions = [{ type: 'Ready', status: 'True' }];
    await call('PATCH', `${PODS}/${name}/status`, { status: { phase: 'Running', conditions } });
    return metadata.uid as string;
  };
  const budget = async (name: string, app: string, spec: object) => {
    const selector = { matchLabels: { app } };
    await create(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { selector, ...spec },
    });
  };
  const untilCounted = (name: string, healthy: number) =>
    until(
      `budget ${name} knows its pods`,
      async () => (await call('GET', `${BUDGETS}/${name}`)).body,
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation && status?.currentHealthy === healthy,
      COUNTED_MS_MAX,
    );
  const evict = (name: string, more: object = {}) =>
    call('POST', `${PODS}/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: 'contract' },
      ...more,
    });

  beforeAll(async () => {
    await create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  });

  describe('an eviction', () => {
    test('is a deletion with the grace of the pod', async () => {
      await runningPod('evicted', 'free');
      expect(await evict('evicted')).toMatchObject({ code: 201 });
      expect((await call('GET', `${PODS}/evicted`)).body.metadata.deletionGracePeriodSeconds).toBe(30);
    });

    test('against a budget is refused with the budget as the cause, and granted when it allows', async () => {
      await runningPod('guarded', 'strict');
      await budget('strict', 'strict', { minAvailable: 1 });
      await untilCounted('strict', 1);
      const refusal = await evict('guarded');
      expect(refusal).toMatchObject({
        code: 429,
        body: { kind: 'Status', reason: 'TooManyRequests', details: { causes: [{ reason: 'DisruptionBudget' }] } },
      });
      await call('PATCH', `${BUDGETS}/strict`, { spec: { minAvailable: 0 } });
      await until(
        'it is granted',
        () => evict('guarded'),
        ({ code }) => code === 201,
        COUNTED_MS_MAX,
      );
    });

    test('counts what a budget has allowed already', async () => {
      for (const name of ['one-of-two', 'two-of-two']) await runningPod(name, 'pair');
      await budget('pair', 'pair', { minAvailable: 1 });
      await untilCounted('pair', 2);
      const codes = [(await evict('one-of-two')).code, (await evict('two-of-two')).code];
      expect(codes).toEqual([201, 429]);
    });

    test('is never allowed by a share of pods that nobody says the number of', async () => {
      await runningPod('bare', 'bare');
      await budget('bare', 'bare', { maxUnavailable: 1 });
      await untilCounted('bare', 1);
      expect(await evict('bare')).toMatchObject({ code: 429 });
    });

    test('of a pod under two budgets is an error', async () => {
      await runningPod('torn', 'torn');
      for (const name of ['torn-a', 'torn-b']) await budget(name, 'torn', { minAvailable: 0 });
      for (const name of ['torn-a', 'torn-b']) await untilCounted(name, 1);
      const { code, body } = await evict('torn');
      expect([code, body.message]).toEqual([500, expect.stringContaining('more than one PodDisruptionBudget')]);
    });

    test('of another pod of that name is a conflict, and of none is not found', async () => {
      const uid = await runningPod('heir', 'heirs');
      const of = (value: string) => ({ deleteOptions: { preconditions: { uid: value } } });
      expect(await evict('heir', of('of-its-predecessor'))).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
      expect(await evict('heir', of(uid))).toMatchObject({ code: 201 });
      expect(await evict('nobody')).toMatchObject({ code: 404 });
    });
  });

  describe('a binding', () => {
    test('puts a pod on a node, once', async () => {
      const spec = { schedulerName: 'nobody', containers: [{ name: 'main', image: 'pause' }] };
      await create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bound' }, spec });
      const bind = (target: string) =>
        call('POST', `${PODS}/bound/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: 'bound' },
          target: { kind: 'Node', name: target },
        });
      expect(await bind(NODE)).toMatchObject({ code: 201 });
      expect(await bind('another')).toMatchObject({ code: 409 });
      const { body } = await call('GET', `${PODS}/bound`);
      expect(body.spec.nodeName).toBe(NODE);
      expect(body.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    });
  });

  describe('a scale', () => {
    test('is the number of replicas, and nothing else', async () => {
      const template = {
        metadata: { labels: { app: 'scaled' } },
        spec: { containers: [{ name: 'main', image: 'pause' }] },
      };
      const spec = { replicas: 0, paused: true, selector: { matchLabels: { app: 'scaled' } }, template };
      await create(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'scaled' }, spec });
      const { code, body } = await call('PATCH', `${DEPLOYMENTS}/scaled/scale`, {
        spec: { replicas: 0, paused: false },
      });
      expect([code, body.kind, body.spec]).toEqual([200, 'Scale', {}]);
      const { spec: after } = (await call('GET', `${DEPLOYMENTS}/scaled`)).body;
      expect([after.replicas, after.paused]).toEqual([0, true]);
      expect(await call('PATCH', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: -1 } })).toMatchObject({
        code: 422,
      });
    });
  });
}
