import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { untilEstablished } from './established.ts';
import { createObject } from './live-object.ts';

const START_MS_MAX = 120_000;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const CRDS = join(ROOT, 'manifests', 'crds');
const SAMPLES = join(ROOT, 'controller', 'test', 'samples');

/** What the refused ones are put in the place of. */
const RIGHT = {
  Provisioner: {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name: 'right' },
    spec: { provider: {} },
  },
  AWSNodeTemplate: {
    apiVersion: 'karpenter.k8s.aws/v1alpha1',
    kind: 'AWSNodeTemplate',
    metadata: { name: 'right' },
    spec: { subnetSelector: { a: 'b' }, securityGroupSelector: { a: 'b' } },
  },
};

interface Sample {
  readonly story: string;
  readonly object: { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };
  /** Of a refused one: the field that the refusal must name. */
  readonly wantPath: string | undefined;
}

const samples = (folder: string): readonly Sample[] =>
  readdirSync(join(SAMPLES, folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(SAMPLES, folder, file), 'utf8');
      return {
        story: `${file}: ${/^# (.*)$/m.exec(text)?.[1] ?? ''}`,
        object: parse(text) as Sample['object'],
        wantPath: /^# path: (.*)$/m.exec(text)?.[1],
      };
    });

describe('the CRDs on a real kube-apiserver', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    await kubectl('apply', '--server-side', '-f', CRDS);
    await untilEstablished(controlPlane);
    await createObject(controlPlane, '/apis/karpenter.sh/v1alpha5/provisioners', RIGHT.Provisioner);
    await createObject(controlPlane, '/apis/karpenter.k8s.aws/v1alpha1/awsnodetemplates', RIGHT.AWSNodeTemplate);
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  const kubectl = (...args: string[]) => controlPlane.kubectl(...args);

  /** Creates with strict fields, as kubectl does, and keeps nothing. */
  const tryCreate = ({ object }: Sample) => {
    const plural = `${object.kind.toLowerCase()}s`;
    return controlPlane.request(
      'POST',
      `/apis/${object.apiVersion}/${plural}?fieldValidation=Strict&dryRun=All`,
      object,
    );
  };

  /** The same for an object that is there and right, in its place. */
  const tryReplace = async ({ object }: Sample) => {
    const path = `/apis/${object.apiVersion}/${object.kind.toLowerCase()}s/right`;
    const { metadata } = (await controlPlane.request('GET', path)).body as { metadata: { resourceVersion: string } };
    const { resourceVersion } = metadata;
    const replacement = { ...object, metadata: { ...object.metadata, name: 'right', resourceVersion } };
    return controlPlane.request('PUT', `${path}?fieldValidation=Strict&dryRun=All`, replacement);
  };

  test('are established and served', async () => {
    const served = await kubectl('api-resources', '--api-group=karpenter.sh', '-o', 'name');
    expect(served.trim().split('\n').sort()).toEqual(['machines.karpenter.sh', 'provisioners.karpenter.sh']);
    expect((await kubectl('api-resources', '--api-group=karpenter.k8s.aws', '-o', 'name')).trim()).toBe(
      'awsnodetemplates.karpenter.k8s.aws',
    );
  });

  test('have a structural schema that the server finds nothing to say against', async () => {
    const crds = JSON.parse(await kubectl('get', 'crd', '-o', 'json')) as {
      items: { status: { conditions: Condition[] } }[];
    };
    const conditions = crds.items.flatMap((crd) => crd.status.conditions);
    expect(conditions.filter(({ type }) => type === 'NonStructuralSchema')).toEqual([]);
    expect(conditions.filter(({ type, status }) => type === 'NamesAccepted' && status !== 'True')).toEqual([]);
  });

  test.each(samples('accepted'))('accepts $story', async (sample) => {
    const { status, body } = await tryCreate(sample);
    expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
  });

  test.each(samples('refused'))('refuses $story', async (sample) => {
    const { status, body } = await tryCreate(sample);
    expect(status === 422 || status === 400).toBe(true);
    expect(fieldsNamed(body)).toContain(dotted(sample.wantPath ?? ''));
  });

  // The name of an object does not change.
  test.each(samples('refused').filter(({ wantPath }) => wantPath !== 'metadata.name'))(
    'refuses to change an object that was right into $story',
    async (sample) => {
      const { status, body } = await tryReplace(sample);
      expect(status === 422 || status === 400).toBe(true);
      expect(fieldsNamed(body)).toContain(dotted(sample.wantPath ?? ''));
    },
  );

  test('refuses a signal that nobody knows in thresholds and in grace periods alike', async () => {
    const unknown = { 'memory.free': '1m' };
    const kubeletConfiguration = { evictionSoft: { 'memory.free': '5%' }, evictionSoftGracePeriod: unknown };
    const { body } = await controlPlane.request('POST', '/apis/karpenter.sh/v1alpha5/provisioners?dryRun=All', {
      ...RIGHT.Provisioner,
      metadata: { name: 'signals' },
      spec: { provider: {}, kubeletConfiguration },
    });
    for (const field of ['evictionSoft', 'evictionSoftGracePeriod'])
      expect(fieldsNamed(body)).toContain(`spec.kubeletConfiguration.${field}`);
  });
});

interface Condition {
  readonly type: string;
  readonly status: string;
}

/**
 * The fields that a refusal is about: the causes of an Invalid, or what strict decoding did not know. A rule at the root of an object
 * has no field of its own; its message begins with the one it means.
 */
function fieldsNamed(status: Readonly<Record<string, unknown>>): readonly string[] {
  const details = status.details as { causes?: { field?: string; message?: string }[] } | undefined;
  const named = (details?.causes ?? []).map(({ field = '', message = '' }) =>
    field === '<nil>' ? (/\bmetadata\.name\b/.exec(message)?.[0] ?? '') : field,
  );
  const unknown = [...String(status.message).matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1] ?? '');
  return [...named, ...unknown].map(dotted);
}

/** The server writes a map's key as `[key]` where CEL says no and as `.key` where the schema does. */
const dotted = (path: string): string => path.replaceAll(/\[([^\]\d][^\]]*)\]/g, '.$1');
