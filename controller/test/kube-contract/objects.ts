import { describe, expect, test } from '@jest/globals';
import type { ApiSubject } from './api-subject.ts';
import {
  CONFIG_MAPS,
  configMap,
  created,
  LEASES,
  MACHINES,
  PODS,
  PROVISIONERS,
  podOn,
  provisioner,
} from './contract-objects.ts';

/** What is said of creating, reading and replacing objects. */
export function describeObjects(api: () => ApiSubject): void {
  const call: ApiSubject['call'] = (...args) => api().call(...args);
  const create = (collection: string, object: object) => created(api(), collection, object);

  describe('an object', () => {
    test('gets an identity when it is created, and a version with each change', async () => {
      const first = await create(CONFIG_MAPS, configMap('identity'));
      expect(first).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { namespace: 'contract' } });
      expect(first.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(first.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const { body } = await call('PATCH', `${CONFIG_MAPS}/identity`, { data: { b: '2' } });
      expect(body.data).toEqual({ a: '1', b: '2' });
      expect(body.metadata.uid).toBe(first.metadata.uid);
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    });

    test('that a change leaves as it is keeps its version', async () => {
      const { metadata } = await create(CONFIG_MAPS, configMap('unchanged'));
      const { body } = await call('PATCH', `${CONFIG_MAPS}/unchanged`, { data: { a: '1' } });
      expect(body.metadata.resourceVersion).toBe(metadata.resourceVersion);
    });

    test('whose name is taken is refused, and one that is not there is not found', async () => {
      await create(CONFIG_MAPS, configMap('taken'));
      expect(await call('POST', CONFIG_MAPS, configMap('taken'))).toMatchObject({
        code: 409,
        body: {
          kind: 'Status',
          status: 'Failure',
          reason: 'AlreadyExists',
          details: { name: 'taken', kind: 'configmaps' },
        },
      });
      for (const method of ['GET', 'DELETE', 'PATCH'])
        expect(await call(method, `${CONFIG_MAPS}/nobody`, method === 'PATCH' ? {} : undefined)).toMatchObject({
          code: 404,
          body: { reason: 'NotFound', code: 404, details: { name: 'nobody', kind: 'configmaps' } },
        });
    });

    test('may leave the rest of its name to the server', async () => {
      const { metadata } = await create(CONFIG_MAPS, { metadata: { generateName: 'made-' } });
      expect(metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    test('cannot be created in a namespace that is not there, nor in another than its own', async () => {
      const elsewhere = CONFIG_MAPS.replace('contract', 'nowhere');
      expect(await call('POST', elsewhere, configMap('lost'))).toMatchObject({
        code: 404,
        body: { details: { kind: 'namespaces', name: 'nowhere' } },
      });
      expect(await call('POST', CONFIG_MAPS, configMap('lost', { namespace: 'default' }))).toMatchObject({ code: 400 });
    });

    test('with a name or label that is none is refused by the field', async () => {
      expect(await call('POST', CONFIG_MAPS, configMap('Not_A_Name'))).toMatchObject({
        code: 422,
        body: { reason: 'Invalid', details: { causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] } },
      });
      expect(await call('POST', CONFIG_MAPS, configMap('labelled', { labels: { a: 'no/value' } }))).toMatchObject({
        code: 422,
        body: { details: { causes: [{ field: 'metadata.labels' }] } },
      });
    });

    test('is replaced only from the version that it has', async () => {
      const { metadata } = await create(CONFIG_MAPS, configMap('replaced'));
      const path = `${CONFIG_MAPS}/replaced`;
      const current = await call(
        'PUT',
        path,
        configMap('replaced', { resourceVersion: metadata.resourceVersion, labels: { n: '1' } }),
      );
      expect(current).toMatchObject({ code: 200 });
      const late = await call(
        'PUT',
        path,
        configMap('replaced', { resourceVersion: metadata.resourceVersion, labels: { n: '2' } }),
      );
      expect(late).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
      const patched = await call('PATCH', path, {
        metadata: { resourceVersion: metadata.resourceVersion, labels: { n: '3' } },
      });
      expect(patched).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
      expect((await call('GET', path)).body.metadata.labels).toEqual({ n: '1' });
    });

    test('may be replaced whatever its version, unless it is of a custom kind or a lease', async () => {
      await create(CONFIG_MAPS, configMap('unconditional'));
      expect(await call('PUT', `${CONFIG_MAPS}/unconditional`, configMap('unconditional'))).toMatchObject({
        code: 200,
      });
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'conditional' } };
      for (const [collection, object] of [
        [PROVISIONERS, provisioner('conditional')],
        [LEASES, lease],
      ] as const) {
        await create(collection, object);
        expect(await call('PUT', `${collection}/conditional`, object)).toMatchObject({
          code: 422,
          body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
        });
      }
    });

    test('is not changed in the name of another', async () => {
      await create(CONFIG_MAPS, configMap('another'));
      const { code, body } = await call('PATCH', `${CONFIG_MAPS}/another`, { metadata: { uid: 'of-another' } });
      expect([code, body.reason]).toEqual([422, 'Invalid']);
      expect(await call('PATCH', `${CONFIG_MAPS}/another`, { metadata: { name: 'other' } })).toMatchObject({
        code: 400,
      });
    });

    test('counts generations of what is wanted, and not of its metadata or status', async () => {
      const path = `${PROVISIONERS}/counted`;
      const generation = async (patch: object, on = path) => (await call('PATCH', on, patch)).body.metadata.generation;
      expect((await create(PROVISIONERS, provisioner('counted'))).metadata.generation).toBe(1);
      expect(await generation({ metadata: { labels: { a: 'b' } } })).toBe(1);
      expect(await generation({ status: { resources: { cpu: '1' } } }, `${path}/status`)).toBe(1);
      expect(await generation({ spec: { weight: 3 } })).toBe(2);
    });

    test('has its status written through /status, and all else not', async () => {
      const path = `${PROVISIONERS}/two-doors`;
      await create(PROVISIONERS, { ...provisioner('two-doors'), status: { resources: { cpu: '7' } } });
      expect((await call('GET', path)).body.status).toBeUndefined();
      const change = { spec: { weight: 9 }, status: { resources: { cpu: '1' } } };
      const inner = await call('PATCH', `${path}/status`, change);
      expect(inner.body).toMatchObject({ status: { resources: { cpu: '1' } } });
      expect(inner.body.spec.weight).toBeUndefined();
      const outer = await call('PATCH', path, { spec: { weight: 9 }, status: { resources: { cpu: '2' } } });
      expect(outer.body).toMatchObject({ spec: { weight: 9 }, status: { resources: { cpu: '1' } } });
    });

    test('is written by nobody in a dry run', async () => {
      const dry = await call('POST', `${CONFIG_MAPS}?dryRun=All`, configMap('dry'));
      expect(dry).toMatchObject({ code: 201, body: { metadata: { name: 'dry' } } });
      expect(await call('GET', `${CONFIG_MAPS}/dry`)).toMatchObject({ code: 404 });
    });

    test('keeps the microseconds of a lease', async () => {
      const spec = {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        renewTime: '2026-11-26T10:00:00.123456Z',
        leaseTransitions: 1,
      };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'precise' }, spec };
      expect((await create(LEASES, lease)).spec).toEqual(spec);
    });
  });

  describe('a field that nobody knows', () => {
    const odd = (name: string) => ({ ...configMap(name), datta: {} });

    test('is dropped with a warning, unless the client is strict or does not care', async () => {
      expect(await call('POST', CONFIG_MAPS, odd('warned'))).toMatchObject({
        code: 201,
        warning: '299 - "unknown field \\"datta\\""',
      });
      expect(await call('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, odd('strict'))).toMatchObject({
        code: 400,
        body: { reason: 'BadRequest' },
      });
      expect(await call('POST', `${CONFIG_MAPS}?fieldValidation=Ignore`, odd('ignored'))).toMatchObject({
        code: 201,
        warning: undefined,
      });
    });

    test('is told of by its path in a custom kind too', async () => {
      const object = { ...provisioner('odd'), spec: { provider: {}, ttl: 1 } };
      const { body } = await call('POST', `${PROVISIONERS}?fieldValidation=Strict`, object);
      expect(body.message).toContain('unknown field "spec.ttl"');
    });
  });

  describe('a refusal', () => {
    test('of a custom object names each field that breaks a rule', async () => {
      const spec = { provider: {}, weight: 101, taints: [{ key: 'a', effect: 'Sometimes' }] };
      const { code, body } = await call('POST', PROVISIONERS, { ...provisioner('refused'), spec });
      const fields = body.details.causes.map(({ field }: { field: string }) => field);
      expect([code, body.reason]).toEqual([422, 'Invalid']);
      expect(fields).toEqual(expect.arrayContaining(['spec.taints[0].effect', 'spec.weight']));
    });

    test('tells a request that cannot be read from one that is not served', async () => {
      expect(await call('POST', CONFIG_MAPS, 'no JSON')).toMatchObject({ code: 400, body: { kind: 'Status' } });
      expect(await call('POST', CONFIG_MAPS, podOn('n', 'p'))).toMatchObject({ code: 400 });
      expect(await call('GET', '/apis/nowhere.io/v1/things')).toMatchObject({ code: 404 });
      expect(await call('PUT', CONFIG_MAPS, configMap('x'))).toMatchObject({
        code: 405,
        body: { reason: 'MethodNotAllowed' },
      });
      const huge = { ...configMap('huge'), data: { a: 'x'.repeat(3 * 1024 * 1024) } };
      expect(await call('POST', CONFIG_MAPS, huge)).toMatchObject({ code: 413 });
    });

    test('of a Machine or a pod speaks of its kind', async () => {
      expect((await call('GET', `${MACHINES}/m`)).body.message).toBe('machines.karpenter.sh "m" not found');
      expect((await call('GET', `${PODS}/p`)).body.message).toBe('pods "p" not found');
    });
  });
}
