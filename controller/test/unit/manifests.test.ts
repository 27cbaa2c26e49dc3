import { expect, jest, test } from '@jest/globals';
import type { AWSNodeTemplate } from '../../src/api/aws-node-template.gen.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { PART_OF_LABEL, PART_OF_VALUE } from '../../src/api/names.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { Provisioner } from '../../src/api/provisioner.gen.ts';
import { validateProvisioner, validateTemplate } from '../../src/api/validation.ts';
import { admissionProblems } from './crd-admission.ts';
import { BUILDS_MS_MAX, built, describeWithKubectl, nameOf, ofKind, textsIn } from './kustomize.ts';

jest.setTimeout(BUILDS_MS_MAX);

const CUSTOM_KINDS = ['Provisioner', 'AWSNodeTemplate'];

const named = (objects: readonly KubeObject[], name: string) => objects.find((object) => nameOf(object) === name);
const sortedNames = (objects: readonly KubeObject[]) => objects.map(nameOf).sort();

function problemsOf(object: KubeObject): readonly Problem[] {
  const byController =
    object.kind === 'AWSNodeTemplate'
      ? validateTemplate(object as unknown as AWSNodeTemplate)
      : validateProvisioner(object as unknown as Provisioner);
  return [...admissionProblems(object), ...byController];
}

/** What is true of one account, region, cluster or image alone. */
const BELONGS_TO_ONE_CLUSTER = [
  /\barn:/,
  /\b\d{12}\b/,
  /\b(us|eu|ap|sa|ca|me|af|il|mx|cn)(-[a-z]+)+-\d/,
  /kubernetes\.io\/cluster\//,
  /\b(subnet|sg|vpc|ami|lt|i)-[0-9a-f]{8}/,
  /\.amazonaws\.com\b/,
  /sha256:/,
];

describeWithKubectl.each(['dev', 'prod'])('the overlay %s', (overlay) => {
  const all = () => built(`overlays/${overlay}`);
  const custom = () => ofKind(all(), ...CUSTOM_KINDS);

  test('holds custom objects that CRDs and controller accept', () => {
    expect(sortedNames(custom())).toContain('Provisioner/default');
    expect(custom().flatMap(problemsOf)).toEqual([]);
  });

  test('has the Provisioner of the getting-started page: empty nodes go after 30 s', () => {
    expect(named(all(), 'Provisioner/default')?.spec).toMatchObject({ provider: {}, ttlSecondsAfterEmpty: 30 });
  });

  test('says nothing that is true of one cluster alone', () => {
    const found = all().flatMap((object) =>
      textsIn(object)
        .filter((text) => BELONGS_TO_ONE_CLUSTER.some((pattern) => pattern.test(text)))
        .map((text) => `${nameOf(object)}: ${text}`),
    );
    expect(found).toEqual([]);
  });

  test('marks every object as ours, definitions included, so that a teardown finds them all', () => {
    const unmarked = [...all(), ...built('crds')].filter(
      ({ metadata }) => metadata.labels?.[PART_OF_LABEL] !== PART_OF_VALUE,
    );
    expect(sortedNames(unmarked)).toEqual([]);
  });

  test('is the folder of the controller and that of the Provisioners and their templates', () => {
    const provisioners = built(`overlays/${overlay}/provisioners`);
    expect(sortedNames([...built(`overlays/${overlay}/controller`), ...provisioners])).toEqual(sortedNames(all()));
    expect(sortedNames(provisioners)).toEqual(sortedNames(custom()));
  });

  test('never runs the controller on a node that the controller might remove', () => {
    expect(named(all(), 'Deployment/karpenter/karpenter')?.spec).toMatchObject({
      template: {
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'karpenter.sh/provisioner-name', operator: 'DoesNotExist' }] },
                ],
              },
            },
          },
        },
      },
    });
  });
});

describeWithKubectl('the overlay prod', () => {
  const provisioners = () => ofKind(built('overlays/prod'), 'Provisioner') as unknown as readonly Provisioner[];
  const provisioner = (name: string) => provisioners().find(({ metadata }) => metadata.name === name)?.spec;

  test('runs two controllers that exclude each other from a host', () => {
    const spread = {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchLabels: { karpenter: 'controller' } },
    };
    expect(named(built('overlays/prod'), 'Deployment/karpenter/karpenter')?.spec).toMatchObject({
      replicas: 2,
      template: {
        metadata: { labels: { karpenter: 'controller' } },
        spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [spread] } } },
      },
    });
  });

  test('bounds what a Provisioner may cost, and falls back to on-demand where there is no spot', () => {
    const fallback = { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot', 'on-demand'] };
    expect(provisioners()).toHaveLength(2);
    for (const { spec } of provisioners()) {
      expect(Object.keys(spec.limits?.resources ?? {}).sort()).toEqual(['cpu', 'memory']);
      expect(spec.requirements).toContainEqual(fallback);
    }
  });

  test('keeps batch work apart: tainted against others, labelled for its own, with a template of its own', () => {
    expect(provisioner('batch')).toMatchObject({
      providerRef: { name: 'batch' },
      labels: { dedicated: 'batch' },
      taints: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }],
    });
    expect(sortedNames(ofKind(built('overlays/prod'), 'AWSNodeTemplate'))).toEqual(['AWSNodeTemplate/batch']);
    expect(provisioner('default')?.taints).toBeUndefined();
  });

  test('asks batch first for a pod that could go to either, and replaces its nodes before they are old', () => {
    expect(provisioner('batch')?.weight ?? 0).toBeGreaterThan(provisioner('default')?.weight ?? 0);
    expect(provisioner('batch')?.ttlSecondsUntilExpired).toBe(30 * 24 * 3600);
  });
});
