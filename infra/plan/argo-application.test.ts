import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { argoApplication } from './argo-application.ts';
import { NODE_TEMPLATE_TARGET } from './manifest-patches.ts';

const TEMPLATE = readFileSync(new URL('../../manifests/argocd/application.yaml', import.meta.url), 'utf8');
const VALUES = {
  repositoryUrl: 'https://git.example/infra',
  revision: 'main',
  overlay: 'prod',
  namespace: undefined,
  image: 'the image',
  serviceAccountPatch: 'the role',
  nodeTemplatePatch: 'the selectors',
};

describe('the Application', () => {
  test('is the one in manifests/ with what only the cluster knows in its source, and nothing else changed', () => {
    const template = parse(TEMPLATE);
    expect(argoApplication(TEMPLATE, VALUES)).toEqual({
      ...template,
      spec: {
        ...template.spec,
        source: {
          repoURL: 'https://git.example/infra',
          targetRevision: 'main',
          path: 'manifests/argocd/prod',
          kustomize: {
            images: ['the image'],
            patches: [
              { target: { kind: 'ServiceAccount', name: 'karpenter' }, patch: 'the role' },
              { target: NODE_TEMPLATE_TARGET, patch: 'the selectors' },
            ],
          },
        },
      },
    });
  });

  test('lives where this Argo CD looks for it', () => {
    expect(argoApplication(TEMPLATE, { ...VALUES, namespace: 'gitops' }).metadata).toMatchObject({
      name: 'karpenter',
      namespace: 'gitops',
    });
  });

  test('leaves the service account alone where the role comes by other means', () => {
    const { spec } = argoApplication(TEMPLATE, { ...VALUES, serviceAccountPatch: undefined });
    expect(JSON.stringify(spec)).not.toContain('ServiceAccount');
  });

  test('is made of an Application and of nothing else', () => {
    expect(() => argoApplication('{kind: ApplicationSet, metadata: {name: a}, spec: {}}', VALUES)).toThrow(
      'no Application but ApplicationSet',
    );
  });
});
