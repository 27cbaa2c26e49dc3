import { describe, expect, test } from '@jest/globals';
import type { ApiSubject } from './api-subject.ts';
import { CONFIG_MAPS, configMap, created, NODES, PODS, PROVISIONERS, provisioner } from './contract-objects.ts';

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

/** What is said of each way to change a part of an object. */
export function describePatches(api: () => ApiSubject): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const create = (collection: string, object: object) => created(api(), collection, object);

  describe('a patch', () => {
    test('by merge removes what is null, and replaces lists whole', async () => {
      await create(PROVISIONERS, {
        ...provisioner('merged'),
        spec: { provider: {}, weight: 1, taints: [{ key: 'a', effect: 'NoSchedule' }] },
      });
      const patch = { spec: { weight: null, taints: [{ key: 'b', effect: 'NoExecute' }] } };
      const { body } = await call('PATCH', `${PROVISIONERS}/merged`, patch);
      expect(body.spec).toEqual({ provider: {}, taints: [{ key: 'b', effect: 'NoExecute' }] });
    });

    test('by merge may begin a part that is not there, and takes a finalizer', async () => {
      await create(CONFIG_MAPS, { metadata: { name: 'begun' } });
      const patch = { metadata: { finalizers: ['contract.test/hold'], annotations: { a: 'b' } }, data: { c: 'd' } };
      const { body } = await call('PATCH', `${CONFIG_MAPS}/begun`, patch);
      expect(body).toMatchObject(patch);
      await call('PATCH', `${CONFIG_MAPS}/begun`, { metadata: { finalizers: null } });
    });

    test('by JSON operations is done whole or not at all', async () => {
      const path = `${CONFIG_MAPS}/operated`;
      await create(CONFIG_MAPS, configMap('operated'));
      const add = { op: 'add', path: '/data/b', value: '2' };
      const apply = (...operations: object[]) => call('PATCH', path, operations, JSON_PATCH);
      expect(await apply({ op: 'test', path: '/data/a', value: '1' }, add)).toMatchObject({ code: 200 });
      expect(await apply({ op: 'remove', path: '/data/b' }, { op: 'test', path: '/data/a', value: '9' })).toMatchObject(
        { code: 422 },
      );
      expect(await apply({ op: 'remove', path: '/data/none' })).toMatchObject({ code: 422 });
      expect((await call('GET', path)).body.data).toEqual({ a: '1', b: '2' });
    });

    test('of a strategy merges lists that have a key, and replaces the others', async () => {
      const container = (name: string, image: string) => ({ name, image });
      await create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'keyed', finalizers: ['contract.test/a'] },
        spec: { schedulerName: 'nobody', containers: [container('a', 'one'), container('b', 'one')] },
      });
      const patch = { metadata: { finalizers: ['contract.test/b'] }, spec: { containers: [container('b', 'two')] } };
      const { body } = await call('PATCH', `${PODS}/keyed`, patch, STRATEGIC);
      expect(body.spec.containers).toMatchObject([container('a', 'one'), container('b', 'two')]);
      expect(body.metadata.finalizers.sort()).toEqual(['contract.test/a', 'contract.test/b']);
      const dropped = await call(
        'PATCH',
        `${PODS}/keyed`,
        { metadata: { '$deleteFromPrimitiveList/finalizers': ['contract.test/a'] } },
        STRATEGIC,
      );
      expect(dropped.body.metadata.finalizers).toEqual(['contract.test/b']);
      await call('PATCH', `${PODS}/keyed`, { metadata: { finalizers: null } });

      const taint = (key: string) => ({ key, value: 'x', effect: 'NoSchedule' });
      const spec = { taints: [taint('a'), taint('b')] };
      await create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'contract-taints' }, spec });
      const tainted = await call('PATCH', `${NODES}/contract-taints`, { spec: { taints: [taint('c')] } }, STRATEGIC);
      expect(tainted.body.spec.taints).toEqual([taint('c')]);
      await call('DELETE', `${NODES}/contract-taints`);
    });

    test('of a strategy is not for custom kinds', async () => {
      await create(PROVISIONERS, provisioner('no-strategy'));
      expect(await call('PATCH', `${PROVISIONERS}/no-strategy`, {}, STRATEGIC)).toMatchObject({ code: 415 });
    });

    test('by apply makes what is not there, merges into what is, and needs a manager', async () => {
      const path = `${PROVISIONERS}/applied`;
      const apply = (spec: object, query = '?fieldManager=contract') =>
        call('PATCH', `${path}${query}`, { ...provisioner('applied'), spec }, APPLY);
      expect(await apply({ provider: {}, weight: 1 })).toMatchObject({ code: 201 });
      expect(await apply({ provider: {}, weight: 2 })).toMatchObject({ code: 200, body: { spec: { weight: 2 } } });
      await call('PATCH', `${path}?fieldManager=another`, { metadata: { labels: { of: 'another' } } });
      const again = await apply({ provider: {}, weight: 3 });
      expect(again).toMatchObject({
        code: 200,
        body: { metadata: { labels: { of: 'another' } }, spec: { weight: 3 } },
      });
      expect((await apply({ provider: {} }, '')).code).toBe(422);
    });

    test('in a format that nobody knows is refused', async () => {
      await create(CONFIG_MAPS, configMap('formatted'));
      const answer = await call('PATCH', `${CONFIG_MAPS}/formatted`, {}, { 'content-type': 'text/plain' });
      expect(answer).toMatchObject({ code: 415, body: { reason: 'UnsupportedMediaType' } });
    });

    test('that breaks a rule is refused by the field, and changes nothing', async () => {
      await create(PROVISIONERS, provisioner('ruled'));
      const { code, body } = await call('PATCH', `${PROVISIONERS}/ruled`, { spec: { ttlSecondsAfterEmpty: -1 } });
      expect([code, body.details.causes[0].field]).toEqual([422, 'spec.ttlSecondsAfterEmpty']);
      expect((await call('GET', `${PROVISIONERS}/ruled`)).body.spec).toEqual({ provider: {} });
    });
  });
}
