import { describe, expect, test } from '@jest/globals';
import { eventually } from '../eventually.ts';
import type { ApiSubject, OpenWatch } from './api-subject.ts';
import { CONFIG_MAPS, configMap, created, LEASES, MACHINES } from './contract-objects.ts';

const HEARD_MS_MAX = 10_000;
/** A real server tells bookmarks two seconds before the end, so a shorter watch could have none. */
const SHORT_WATCH_SECONDS = 4;

/** What is said of watches. `forgotten` resolves with a collection whose changes since version 1 the server no longer knows. */
export function describeWatches(api: () => ApiSubject, forgotten: () => Promise<string>): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const create = (name: string, labels: Readonly<Record<string, string>>) =>
    created(api(), CONFIG_MAPS, configMap(name, { labels }));
  const selected = (app: string) => `labelSelector=app%3D${app}`;
  const told = ({ frames }: OpenWatch) => frames.map(({ type, object }) => `${type} ${object.metadata.name}`);
  const heard = (watch: OpenWatch, count: number) =>
    eventually(`${count} changes are heard`, () => watch.frames.length >= count, HEARD_MS_MAX);
  const watching = async (path: string, act: (watch: OpenWatch) => Promise<void>) => {
    const watch = await api().watch(path);
    await act(watch).finally(() => watch.close());
  };

  describe('a watch', () => {
    test('goes on where a list has ended', async () => {
      await create('listed-before', { app: 'continued' });
      const query = selected('continued');
      const { body } = await call('GET', `${CONFIG_MAPS}?${query}`);
      await create('next', { app: 'continued' });
      await watching(
        `${CONFIG_MAPS}?watch=true&${query}&resourceVersion=${body.metadata.resourceVersion}`,
        async (watch) => {
          await call('PATCH', `${CONFIG_MAPS}/next`, { data: { b: '2' } });
          await call('DELETE', `${CONFIG_MAPS}/listed-before`);
          await heard(watch, 3);
          expect(told(watch)).toEqual(['ADDED next', 'MODIFIED next', 'DELETED listed-before']);
          const [, modified, deleted] = watch.frames;
          expect(modified?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: '1', b: '2' } });
          // The last state, under the version of its end: from there a watch goes on.
          expect(deleted?.object.data).toEqual({ a: '1' });
          expect(Number(deleted?.object.metadata.resourceVersion)).toBeGreaterThan(
            Number(modified?.object.metadata.resourceVersion),
          );
        },
      );
    });

    test('without a version begins with what there is', async () => {
      await create('there', { app: 'begun' });
      await watching(`${CONFIG_MAPS}?watch=true&${selected('begun')}`, async (watch) => {
        await heard(watch, 1);
        await create('later', { app: 'begun' });
        await heard(watch, 2);
        expect(told(watch)).toEqual(['ADDED there', 'ADDED later']);
      });
    });

    test('with a selector sees objects enter the selection and leave it', async () => {
      const { metadata } = await create('wanderer', { app: 'x' });
      await watching(
        `${CONFIG_MAPS}?watch=true&${selected('y')}&resourceVersion=${metadata.resourceVersion}`,
        async (watch) => {
          for (const app of ['y', 'z', 'x', 'y'])
            await call('PATCH', `${CONFIG_MAPS}/wanderer`, { metadata: { labels: { app } } });
          await heard(watch, 3);
          expect(told(watch)).toEqual(['ADDED wanderer', 'DELETED wanderer', 'ADDED wanderer']);
        },
      );
    });

    test('of one name hears of no other', async () => {
      const { metadata } = await create('one', {});
      const query = `fieldSelector=metadata.name%3Done&resourceVersion=${metadata.resourceVersion}`;
      await watching(`${CONFIG_MAPS}?watch=true&${query}`, async (watch) => {
        await create('two', {});
        await call('PATCH', `${CONFIG_MAPS}/one`, { data: { b: '2' } });
        await heard(watch, 1);
        expect(told(watch)).toEqual(['MODIFIED one']);
      });
    });

    test('marks the end of what there was, when asked to', async () => {
      const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
      await create('initial', { app: 'marked' });
      await watching(`${CONFIG_MAPS}?watch=true&${query}&${selected('marked')}`, async (watch) => {
        await heard(watch, 2);
        expect(watch.frames).toMatchObject([
          { type: 'ADDED', object: { metadata: { name: 'initial' } } },
          {
            type: 'BOOKMARK',
            object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
          },
        ]);
      });
    });

    test('ends in time, and may tell before how far it has come to those who want that', async () => {
      const { body } = await call('GET', LEASES);
      const query = `resourceVersion=${body.metadata.resourceVersion}&timeoutSeconds=${SHORT_WATCH_SECONDS}`;
      const plain = await api().watch(`${LEASES}?watch=true&${query}`);
      await watching(`${LEASES}?watch=true&${query}&allowWatchBookmarks=true`, async (marked) => {
        await eventually('both have ended', () => plain.hasEnded() && marked.hasEnded(), HEARD_MS_MAX);
        expect(plain.frames).toEqual([]);
        // A busy server leaves bookmarks out, so nothing may depend on them.
        for (const { type, object } of marked.frames) {
          expect([type, object.kind]).toEqual(['BOOKMARK', 'Lease']);
          expect(Number(object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(body.metadata.resourceVersion));
        }
      });
    });

    test('from a version that is forgotten is an error of 410, and ends', async () => {
      await watching(`${await forgotten()}?watch=true&resourceVersion=1`, async (watch) => {
        await eventually('it has ended', () => watch.hasEnded(), HEARD_MS_MAX);
        expect(watch.frames).toMatchObject([
          { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
        ]);
      });
    });

    test('hears of the status of a custom object as of any change', async () => {
      const machine = { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Machine', metadata: { name: 'watched' }, spec: {} };
      const { metadata } = await created(api(), MACHINES, machine);
      await watching(`${MACHINES}?watch=true&resourceVersion=${metadata.resourceVersion}`, async (watch) => {
        await call('PATCH', `${MACHINES}/watched/status`, { status: { providerID: 'aws:///a/i-1' } });
        await call('DELETE', `${MACHINES}/watched`);
        await heard(watch, 2);
        expect(told(watch)).toEqual(['MODIFIED watched', 'DELETED watched']);
        expect(watch.frames[0]?.object.status).toEqual({ providerID: 'aws:///a/i-1' });
      });
    });
  });
}
