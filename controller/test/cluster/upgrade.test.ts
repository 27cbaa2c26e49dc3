import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { untilEstablished } from './established.ts';
import { createObject, patchObject, readObject } from './live-object.ts';
import { OLDER_DEFINITIONS } from './upgrade-definitions.ts';

const START_MS_MAX = 120_000;
/** The server takes a moment to serve by a changed definition. */
const SERVED_MS_MAX = 30_000;
const CRDS = join(import.meta.dirname, '..', '..', '..', 'manifests', 'crds');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';
const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
const TEMPLATES = '/apis/karpenter.k8s.aws/v1alpha1/awsnodetemplates';
const FINALIZER = 'karpenter.sh/termination';

const provisioner = (name: string, spec: object) => ({
  apiVersion: 'karpenter.sh/v1alpha5',
  kind: 'Provisioner',
  metadata: { name, finalizers: [FINALIZER], annotations: { team: 'a' } },
  spec,
});
/** In use for years, and right by today's rules too. */
const RIGHT_SPEC = {
  provider: { instanceProfile: 'mine', subnetSelector: { Name: '*' } },
  requirements: [{ key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot'] }],
  limits: { resources: { cpu: '1000' } },
  ttlSecondsAfterEmpty: 30,
};
/** What nobody refused then. */
const WRONG_SPEC = { provider: {}, ttlSecondsAfterEmpty: -1, taints: [{ key: 'a', effect: 'Sometimes' }] };

describe("objects under an older release's definitions, when today's are applied over them", () => {
  let controlPlane: ControlPlane;
  /** All objects as they were before. */
  let before: Readonly<Record<string, unknown>>;

  const objectsNow = async () => {
    const paths = [`${PROVISIONERS}/right`, `${PROVISIONERS}/wrong`, `${MACHINES}/old`, `${TEMPLATES}/old`];
    const objects = await Promise.all(paths.map((path) => readObject(controlPlane, path)));
    return Object.fromEntries(objects.map((object, index) => [paths[index], object]));
  };

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    for (const definition of OLDER_DEFINITIONS) await createObject(controlPlane, DEFINITIONS, definition);
    await untilEstablished(controlPlane);
    await createObject(controlPlane, PROVISIONERS, provisioner('right', RIGHT_SPEC));
    await createObject(controlPlane, PROVISIONERS, provisioner('wrong', WRONG_SPEC));
    const requirements = [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }];
    const machine = {
      apiVersion: 'karpenter.sh/v1alpha5',
      kind: 'Machine',
      metadata: { name: 'old', finalizers: [FINALIZER] },
    };
    await createObject(controlPlane, MACHINES, { ...machine, spec: { requirements } });
    await patchObject(controlPlane, `${MACHINES}/old/status`, {
      status: { nodeName: 'n', providerID: 'aws:///a/i-1' },
    });
    const spec = { amiFamily: 'AL2', subnetSelector: { Name: '*' }, securityGroupSelector: { Name: '*' } };
    const template = { apiVersion: 'karpenter.k8s.aws/v1alpha1', kind: 'AWSNodeTemplate', metadata: { name: 'old' } };
    await createObject(controlPlane, TEMPLATES, { ...template, spec });
    before = await objectsNow();

    // Somebody else made those there, so this is what a GitOps engine does, or a person who was told of the conflict.
    await controlPlane.kubectl('apply', '--server-side', '--force-conflicts', '-f', CRDS);
    await untilEstablished(controlPlane);
    const tryWrong = () =>
      controlPlane.request('POST', `${PROVISIONERS}?dryRun=All`, provisioner('another', WRONG_SPEC));
    await until('the new rules are served', tryWrong, ({ status }) => status === 422, SERVED_MS_MAX);
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  test('are all as they were, down to version and identity', async () => {
    expect(await objectsNow()).toEqual(before);
    expect(await controlPlane.kubectl('get', 'provisioners,machines,awsnodetemplates', '-o', 'name')).toBe(
      [
        'provisioner.karpenter.sh/right',
        'provisioner.karpenter.sh/wrong',
        'machine.karpenter.sh/old',
        'awsnodetemplate.karpenter.k8s.aws/old',
        '',
      ].join('\n'),
    );
  });

  test('are stored in the one version that there ever was, so that nothing has to convert them', async () => {
    const { body } = await controlPlane.request('GET', DEFINITIONS);
    const definitions = body.items as { spec: { conversion: object }; status: { storedVersions: string[] } }[];
    expect(definitions.map(({ spec }) => spec.conversion)).toEqual(definitions.map(() => ({ strategy: 'None' })));
    expect(definitions.map(({ status }) => status.storedVersions).sort()).toEqual([
      ['v1alpha1'],
      ['v1alpha5'],
      ['v1alpha5'],
    ]);
  });

  test('can be edited, in fields of then and of now', async () => {
    await patchObject(controlPlane, `${PROVISIONERS}/right`, { spec: { ttlSecondsAfterEmpty: 60, weight: 5 } });
    await patchObject(controlPlane, `${PROVISIONERS}/right/status`, { status: { resources: { cpu: '4' } } });
    expect(await readObject(controlPlane, `${PROVISIONERS}/right`)).toMatchObject({
      metadata: { generation: 2 },
      spec: { ...RIGHT_SPEC, ttlSecondsAfterEmpty: 60, weight: 5 },
      status: { resources: { cpu: '4' } },
    });
    await patchObject(controlPlane, `${TEMPLATES}/old`, { spec: { userData: '#!/bin/sh' } });
    await patchObject(controlPlane, `${MACHINES}/old`, { metadata: { labels: { a: 'b' } } });
    await patchObject(controlPlane, `${MACHINES}/old/status`, { status: { capacity: { cpu: '4' } } });
    expect(await readObject(controlPlane, `${MACHINES}/old`)).toMatchObject({
      status: { nodeName: 'n', providerID: 'aws:///a/i-1', capacity: { cpu: '4' } },
    });
  });

  test('that break a rule of today may be labelled, and told of in their status, as they are', async () => {
    const path = `${PROVISIONERS}/wrong`;
    await patchObject(controlPlane, path, { metadata: { annotations: { seen: 'yes' } } });
    const stalled = { type: 'Stalled', status: 'True', reason: 'Invalid', lastTransitionTime: '2026-11-26T10:00:00Z' };
    await patchObject(controlPlane, `${path}/status`, { status: { conditions: [stalled] } });
    expect(await readObject(controlPlane, path)).toMatchObject({
      metadata: { annotations: { team: 'a', seen: 'yes' } },
      spec: WRONG_SPEC,
      status: { conditions: [stalled] },
    });
  });

  test('that break a rule of today are mended in place, and not broken further', async () => {
    const path = `${PROVISIONERS}/wrong`;
    const worse = await controlPlane.request('PATCH', path, { spec: { ttlSecondsUntilExpired: -1 } });
    expect([worse.status, String(worse.body.message)]).toEqual([
      422,
      expect.stringContaining('ttlSecondsUntilExpired'),
    ]);
    const mended = { ttlSecondsAfterEmpty: 30, taints: [{ key: 'a', effect: 'NoSchedule' }] };
    await patchObject(controlPlane, path, { spec: mended });
    expect(await readObject(controlPlane, path)).toMatchObject({ spec: mended });
  });

  test('can be deleted, and let go by their finalizer', async () => {
    for (const path of [`${PROVISIONERS}/right`, `${MACHINES}/old`, `${TEMPLATES}/old`]) {
      await controlPlane.request('DELETE', path);
      if ((await readObject(controlPlane, path)) !== undefined)
        await patchObject(controlPlane, path, { metadata: { finalizers: [] } });
      expect(await readObject(controlPlane, path)).toBeUndefined();
    }
  });
});
