import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { fluxObjects } from './flux-kustomizations.ts';
import { NODE_TEMPLATE_TARGET } from './manifest-patches.ts';

const TEMPLATE = readFileSync(new URL('../../manifests/flux/kustomizations.yaml', import.meta.url), 'utf8');
const VALUES = {
  repositoryUrl: 'https://git.example/infra',
  revision: 'main',
  secretName: undefined,
  overlay: 'prod',
  namespace: undefined,
  image: { name: 'the image' },
  serviceAccountPatch: 'the role',
  nodeTemplatePatch: 'the selectors',
};

describe('what Flux gets', () => {
  test('is the three Kustomizations in manifests/, each with what only the cluster knows and nothing else changed', () => {
    const templates = parseAllDocuments(TEMPLATE).map((document) => document.toJS());
    const [, ...kustomizations] = fluxObjects(TEMPLATE, VALUES);
    const additions = [
      {},
      {
        path: './manifests/overlays/prod/controller',
        images: [{ name: 'the image' }],
        patches: [{ target: { kind: 'ServiceAccount', name: 'karpenter' }, patch: 'the role' }],
      },
      {
        path: './manifests/overlays/prod/provisioners',
        patches: [{ target: NODE_TEMPLATE_TARGET, patch: 'the selectors' }],
      },
    ];
    expect(kustomizations).toEqual(
      templates.map((template, index) => ({ ...template, spec: { ...template.spec, ...additions[index] } })),
    );
  });

  test('begins with the repository that they name', () => {
    const [repository, crds] = fluxObjects(TEMPLATE, VALUES);
    expect(repository).toEqual({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: {
        name: 'karpenter-gitops',
        namespace: 'flux-system',
        labels: { 'app.kubernetes.io/part-of': 'karpenter-gitops' },
      },
      spec: { interval: '1m', url: 'https://git.example/infra', ref: { branch: 'main' } },
    });
    expect(crds?.spec.sourceRef).toEqual({ kind: 'GitRepository', name: repository?.metadata.name });
  });

  test.each([
    ['a branch', 'release/1', { branch: 'release/1' }],
    ['a full reference', 'refs/tags/v1', { name: 'refs/tags/v1' }],
    ['a commit', 'c'.repeat(40), { commit: 'c'.repeat(40) }],
  ])('follows %s', (_what, revision, ref) => {
    expect(fluxObjects(TEMPLATE, { ...VALUES, revision })[0]?.spec.ref).toEqual(ref);
  });

  test('reads a private repository by a Secret, beside all else in one namespace', () => {
    const objects = fluxObjects(TEMPLATE, { ...VALUES, secretName: 'git-token', namespace: 'gitops' });
    expect(objects[0]?.spec.secretRef).toEqual({ name: 'git-token' });
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['gitops']));
  });

  test('leaves the service account alone where the role comes by other means', () => {
    const objects = fluxObjects(TEMPLATE, { ...VALUES, serviceAccountPatch: undefined });
    expect(JSON.stringify(objects)).not.toContain('ServiceAccount');
  });

  test('is made of Kustomizations and of nothing else', () => {
    expect(() => fluxObjects('kind: HelmRelease', VALUES)).toThrow('must hold Kustomizations');
  });
});
