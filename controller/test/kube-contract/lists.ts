import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiSubject } from './api-subject.ts';
import {
  CONFIG_MAPS,
  configMap,
  created,
  EVENTS,
  LEASES,
  NODES,
  namesIn,
  PODS,
  PROVISIONERS,
  podOn,
} from './contract-objects.ts';

/** What is said of lists. */
export function describeLists(api: () => ApiSubject): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const list = async (path: string) => (await call('GET', path)).body;
  const select = (kind: 'labelSelector' | 'fieldSelector', text: string) => `${kind}=${encodeURIComponent(text)}`;

  describe('a list', () => {
    beforeAll(async () => {
      // Not in their order.
      for (const [name, labels] of [
        ['listed-c', { set: 'x', app: 'b' }],
        ['listed-a', { set: 'x', app: 'a' }],
        ['listed-b', { set: 'x' }],
      ] as const)
        await created(api(), CONFIG_MAPS, configMap(name, { labels }));
    });

    test.each([
      { selector: 'set=x', want: ['listed-a', 'listed-b', 'listed-c'] },
      { selector: 'set=x,app', want: ['listed-a', 'listed-c'] },
      { selector: 'set=x,!app', want: ['listed-b'] },
      { selector: 'set=x,app!=a', want: ['listed-b', 'listed-c'] },
      { selector: 'set==x,app in (a, b)', want: ['listed-a', 'listed-c'] },
      { selector: 'set=x,app notin (a)', want: ['listed-b', 'listed-c'] },
      { selector: 'set=y', want: [] },
    ])('has what the labels $selector select, in the order of names', async ({ selector, want }) => {
      expect(namesIn(await list(`${CONFIG_MAPS}?${select('labelSelector', selector)}`))).toEqual(want);
    });

    test('of built-in objects leaves their kind to the list, and tells its version', async () => {
      const body = await list(`${CONFIG_MAPS}?${select('labelSelector', 'set=x')}`);
      expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
      expect(body.items[0].kind).toBeUndefined();
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
      expect((await list(PROVISIONERS)).kind).toBe('ProvisionerList');
    });

    test('selects pods by their node and by other fields, and refuses what it cannot select by', async () => {
      await created(api(), NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'contract-listed' } });
      await created(api(), PODS, podOn('contract-listed', 'on-node', { set: 'pods' }));
      const bound = await list(`/api/v1/pods?${select('fieldSelector', 'spec.nodeName=contract-listed')}`);
      expect(namesIn(bound)).toEqual(['on-node']);
      const others = `${select('fieldSelector', 'spec.nodeName!=contract-listed')}&${select('labelSelector', 'set=pods')}`;
      expect(namesIn(await list(`${PODS}?${others}`))).toEqual([]);
      expect(namesIn(await list(`${CONFIG_MAPS}?${select('fieldSelector', 'metadata.name=listed-b')}`))).toEqual([
        'listed-b',
      ]);
      for (const path of [`${CONFIG_MAPS}?fieldSelector=data.a%3D1`, `${PROVISIONERS}?fieldSelector=spec.weight%3D1`])
        expect(await call('GET', path)).toMatchObject({ code: 400, body: { reason: 'BadRequest' } });
      await call('DELETE', `${PODS}/on-node?gracePeriodSeconds=0`);
      await call('DELETE', `${NODES}/contract-listed`);
    });

    test('in pages shows one moment, whatever happens meanwhile', async () => {
      for (const name of ['paged-a', 'paged-b', 'paged-c'])
        await created(api(), LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } });
      const first = await list(`${LEASES}?limit=2`);
      await call('DELETE', `${LEASES}/paged-c`);
      const rest = await list(`${LEASES}?limit=500&continue=${encodeURIComponent(first.metadata.continue)}`);
      expect([namesIn(first).length, first.metadata.remainingItemCount]).toEqual([2, rest.items.length]);
      expect(namesIn(rest)).toContain('paged-c');
      expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      expect(rest.metadata.continue ?? '').toBe('');
      expect(namesIn(await list(LEASES))).not.toContain('paged-c');
    });

    test('in pages of a selection does not say how many are left', async () => {
      const { metadata } = await list(`${CONFIG_MAPS}?limit=1&${select('labelSelector', 'set=x')}`);
      expect(metadata.continue).toBeTruthy();
      expect(metadata.remainingItemCount).toBeUndefined();
    });

    test('with a token that nobody has given is refused', async () => {
      expect(await call('GET', `${CONFIG_MAPS}?continue=bm9wZQ`)).toMatchObject({
        code: 400,
        body: { reason: 'BadRequest' },
      });
    });

    test('from a version that is still to come is to be tried again', async () => {
      const answer = await call('GET', `${CONFIG_MAPS}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`);
      expect(answer).toMatchObject({
        code: 504,
        body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
      });
    });

    test('of events is read in both of their groups', async () => {
      const involvedObject = { kind: 'ConfigMap', apiVersion: 'v1', name: 'listed-a', namespace: 'contract', uid: 'u' };
      await created(api(), EVENTS, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'told' },
        involvedObject,
        reason: 'Because',
        message: 'it is so',
        type: 'Normal',
        source: { component: 'contract' },
        count: 1,
      });
      const core = await list(`${EVENTS}?${select('fieldSelector', 'involvedObject.name=listed-a,reason=Because')}`);
      expect(core.items).toMatchObject([{ message: 'it is so', count: 1 }]);
      const { items } = await list(`/apis/events.k8s.io/v1/namespaces/contract/events`);
      expect(items).toMatchObject([{ note: 'it is so', regarding: { name: 'listed-a' }, deprecatedCount: 1 }]);
      const { body } = await call('PATCH', `${EVENTS}/told`, { count: 2 });
      expect(body.count).toBe(2);
    });

    test('as a table has the columns of its definition', async () => {
      const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
      const { body } = await call('GET', PROVISIONERS, undefined, { accept });
      const names = body.columnDefinitions.map(({ name }: { name: string }) => name);
      expect([body.kind, names]).toEqual(['Table', expect.arrayContaining(['Name', 'Ready', 'Age'])]);
    });
  });
}
