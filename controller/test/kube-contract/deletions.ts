import { beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import type { ApiSubject } from './api-subject.ts';
import { CONFIG_MAPS, configMap, created, MACHINES, NODES, namesIn, PODS, podOn } from './contract-objects.ts';

const FINALIZER = 'contract.test/hold';
/** A real collector learns of kinds from time to time, and looks at each object by a queue. */
const COLLECTED_MS_MAX = 60_000;
const NODE = 'contract-deletions';

/** What is said of the end of objects, and of what ends with them. */
export function describeDeletions(api: () => ApiSubject): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const create = (collection: string, object: object) => created(api(), collection, object);
  const isGone = async (path: string) => (await call('GET', path)).code === 404;
  const untilGone = (path: string) =>
    until(
      `${path} is gone`,
      () => isGone(path),
      (gone) => gone,
      COLLECTED_MS_MAX,
    );
  const setFinalizers = (path: string, finalizers: readonly string[]) =>
    call('PATCH', path, { metadata: { finalizers } });

  beforeAll(async () => {
    await create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  });

  describe('a deletion', () => {
    test('waits for finalizers, lets no new one come, and ends with the last', async () => {
      const path = `${MACHINES}/held`;
      await create(MACHINES, {
        apiVersion: 'karpenter.sh/v1alpha5',
        kind: 'Machine',
        metadata: { name: 'held', finalizers: [FINALIZER, 'contract.test/other'] },
        spec: {},
      });
      const { code, body } = await call('DELETE', path);
      expect([code, body.metadata.finalizers, body.metadata.generation]).toEqual([
        200,
        [FINALIZER, 'contract.test/other'],
        2,
      ]);
      const { deletionTimestamp } = body.metadata;
      expect(deletionTimestamp).toMatch(/Z$/);
      expect((await call('DELETE', path)).body.metadata.deletionTimestamp).toBe(deletionTimestamp);
      expect(await setFinalizers(path, [FINALIZER, 'contract.test/new'])).toMatchObject({
        code: 422,
        body: {
          details: { causes: expect.arrayContaining([expect.objectContaining({ field: 'metadata.finalizers' })]) },
        },
      });
      expect(await setFinalizers(path, [FINALIZER])).toMatchObject({ code: 200 });
      // It may be worked on until then.
      expect(await call('PATCH', `${path}/status`, { status: { nodeName: 'n' } })).toMatchObject({ code: 200 });
      expect(await setFinalizers(path, [])).toMatchObject({ code: 200, body: { metadata: { name: 'held' } } });
      expect(await isGone(path)).toBe(true);
    });

    test('with a precondition is of that very object and version', async () => {
      const { metadata } = await create(CONFIG_MAPS, configMap('guarded'));
      const remove = (preconditions: object) => call('DELETE', `${CONFIG_MAPS}/guarded`, { preconditions });
      for (const wrong of [{ uid: 'of-another' }, { resourceVersion: '1' }])
        expect(await remove(wrong)).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
      const { uid, resourceVersion } = metadata;
      expect(await remove({ uid, resourceVersion })).toMatchObject({
        code: 200,
        body: { kind: 'Status', status: 'Success' },
      });
    });

    test('of a pod on a node gives it its grace, which a second one may shorten', async () => {
      await create(PODS, podOn(NODE, 'graceful'));
      const { body } = await call('DELETE', `${PODS}/graceful`);
      expect(body.metadata).toMatchObject({ name: 'graceful', deletionGracePeriodSeconds: 30 });
      const graceMs = Date.parse(body.metadata.deletionTimestamp) - Date.now();
      expect(graceMs).toBeGreaterThan(20_000);
      await call('DELETE', `${PODS}/graceful`, { gracePeriodSeconds: 0 });
      expect(await isGone(`${PODS}/graceful`)).toBe(true);
    });

    test('of a pod on no node is done at once', async () => {
      const spec = { schedulerName: 'nobody', containers: [{ name: 'main', image: 'pause' }] };
      await create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'unbound' }, spec });
      expect(await call('DELETE', `${PODS}/unbound`)).toMatchObject({ code: 200 });
      expect(await isGone(`${PODS}/unbound`)).toBe(true);
    });

    test('of a selection leaves the others', async () => {
      for (const [name, app] of [
        ['doomed', 'x'],
        ['spared', 'y'],
      ] as const)
        await create(CONFIG_MAPS, configMap(name, { labels: { app, set: 'doom' } }));
      expect(await call('DELETE', `${CONFIG_MAPS}?labelSelector=set%3Ddoom,app%3Dx`)).toMatchObject({ code: 200 });
      const { body } = await call('GET', `${CONFIG_MAPS}?labelSelector=set%3Ddoom`);
      expect(namesIn(body)).toEqual(['spared']);
    });
  });

  describe('an owner', () => {
    const owned = async (owner: string, name: string, more: object = {}) => {
      const { metadata } = (await call('GET', `${CONFIG_MAPS}/${owner}`)).body;
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: metadata.uid, ...more };
      await create(CONFIG_MAPS, configMap(name, { ownerReferences: [reference] }));
    };

    test('takes with it what it alone owns', async () => {
      await create(CONFIG_MAPS, configMap('owner'));
      await owned('owner', 'dependant');
      await call('DELETE', `${CONFIG_MAPS}/owner`, { propagationPolicy: 'Background' });
      await untilGone(`${CONFIG_MAPS}/dependant`);
    });

    test('in the foreground goes after what blocks it', async () => {
      await create(CONFIG_MAPS, configMap('last'));
      await owned('last', 'first', { blockOwnerDeletion: true });
      await setFinalizers(`${CONFIG_MAPS}/first`, [FINALIZER]);
      await call('DELETE', `${CONFIG_MAPS}/last`, { propagationPolicy: 'Foreground' });
      const isLeaving = async () =>
        (await call('GET', `${CONFIG_MAPS}/first`)).body.metadata.deletionTimestamp !== undefined;
      await until('its dependant is being deleted', isLeaving, (leaving) => leaving, COLLECTED_MS_MAX);
      expect((await call('GET', `${CONFIG_MAPS}/last`)).body.metadata.finalizers).toEqual(['foregroundDeletion']);
      await setFinalizers(`${CONFIG_MAPS}/first`, []);
      await untilGone(`${CONFIG_MAPS}/last`);
    });

    test('that orphans leaves what it owned, without a word of itself', async () => {
      await create(CONFIG_MAPS, configMap('parent'));
      await owned('parent', 'orphan');
      await call('DELETE', `${CONFIG_MAPS}/parent`, { propagationPolicy: 'Orphan' });
      await untilGone(`${CONFIG_MAPS}/parent`);
      expect((await call('GET', `${CONFIG_MAPS}/orphan`)).body.metadata.ownerReferences ?? []).toEqual([]);
    });

    test('that was never there takes its dependant with it', async () => {
      const ownerReferences = [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: '00000000-0000-4000-8000-000000000000' },
      ];
      await create(CONFIG_MAPS, configMap('bereft', { ownerReferences }));
      await untilGone(`${CONFIG_MAPS}/bereft`);
    });
  });

  describe('a namespace', () => {
    test('that is deleted takes its content with it, and lets nothing new in', async () => {
      const path = '/api/v1/namespaces/contract-ending';
      await create('/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'contract-ending' },
      });
      await create(`${path}/configmaps`, configMap('content', { finalizers: [FINALIZER] }));
      await call('DELETE', path);
      const phase = async () => (await call('GET', path)).body.status.phase;
      expect(await phase()).toBe('Terminating');
      expect(await call('POST', `${path}/configmaps`, configMap('late'))).toMatchObject({
        code: 403,
        body: { reason: 'Forbidden' },
      });
      await setFinalizers(`${path}/configmaps/content`, []);
      await untilGone(path);
    });
  });
}
