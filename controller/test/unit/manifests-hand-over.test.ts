// What git leaves open, and how Argo CD's Application and Flux's Kustomizations fill it in.
import { describe, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import { NODE_TEMPLATE_TARGET } from '../../../infra/plan/manifest-patches.ts';
import type { AWSNodeTemplate } from '../../src/api/aws-node-template.gen.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { PART_OF_LABEL, PART_OF_VALUE } from '../../src/api/names.ts';
import { validateTemplate } from '../../src/api/validation.ts';
import { BUILDS_MS_MAX, built, builtWith, describeWithKubectl, ofKind, read, textsIn } from './kustomize.ts';

jest.setTimeout(BUILDS_MS_MAX);

const PLACEHOLDER = 'set-by-the-gitops-engine';

describeWithKubectl('an AWSNodeTemplate in git', () => {
  test('selects by a value that nothing has: unpatched it buys nothing', () => {
    for (const { spec } of ofKind(built('overlays/prod'), 'AWSNodeTemplate') as unknown as readonly AWSNodeTemplate[]) {
      expect(Object.values(spec.subnetSelector)).toEqual([PLACEHOLDER]);
      expect(Object.values(spec.securityGroupSelector ?? {})).toEqual([PLACEHOLDER]);
    }
  });

  test.each(['overlays/prod/provisioners', 'argocd/prod'])(
    'gets its selectors by a patch on the kind, in %s',
    (folder) => {
      const selector = { 'kubernetes.io/cluster/demo': '*' };
      const patch = stringify([
        { op: 'replace', path: '/spec/subnetSelector', value: selector },
        { op: 'replace', path: '/spec/securityGroupSelector', value: selector },
      ]);
      const objects = builtWith(folder, { patches: [{ target: NODE_TEMPLATE_TARGET, patch }] });
      const [template] = ofKind(objects, 'AWSNodeTemplate') as unknown as [AWSNodeTemplate];
      expect(template.spec).toMatchObject({ subnetSelector: selector, securityGroupSelector: selector });
      expect(textsIn(objects)).not.toContain(PLACEHOLDER);
      expect(validateTemplate(template)).toEqual([]);
    },
  );
});

describeWithKubectl('the controller in git', () => {
  test.each(['overlays/dev/controller', 'overlays/prod/controller', 'argocd/dev'])(
    'gets image and role in %s',
    (folder) => {
      const digest = `sha256:${'0'.repeat(64)}`;
      const role = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: {
          name: 'karpenter',
          namespace: 'karpenter',
          annotations: { 'eks.amazonaws.com/role-arn': 'the-role' },
        },
      };
      const objects = builtWith(folder, {
        images: [{ name: 'karpenter-gitops-controller', newName: 'registry.example/controller', digest }],
        patches: [{ patch: stringify(role) }],
      });
      expect(textsIn(ofKind(objects, 'Deployment'))).toContain(`registry.example/controller@${digest}`);
      const [before] = ofKind(built(folder), 'ServiceAccount') as [KubeObject];
      const [after] = ofKind(objects, 'ServiceAccount') as [KubeObject];
      // Merged: what the sync of Argo CD needs to know stays.
      expect(after.metadata.annotations).toEqual({ ...before.metadata.annotations, ...role.metadata.annotations });
    },
  );
});

describe('what stands beside the overlays', () => {
  test('is marked as ours too, where it is', () => {
    const objects = [...read('argocd/application.yaml'), ...read('flux/kustomizations.yaml')];
    expect(objects).toHaveLength(4);
    for (const { metadata } of objects) expect(metadata.labels).toEqual({ [PART_OF_LABEL]: PART_OF_VALUE });
  });

  test('adds to the ConfigMap of a foreign Argo CD only keys about our kinds, and no mark by which it could be removed', () => {
    const [config] = read('argocd/argocd-cm.yaml') as [KubeObject];
    expect(config.metadata).toEqual({ name: 'argocd-cm' });
    const ours = /^resource\.customizations\.(health|ignoreResourceUpdates)\.karpenter(\.k8s\.aws|\.sh)_[A-Z]\w+$/;
    expect(Object.keys(config.data as object).filter((key) => !ours.test(key))).toEqual([]);
  });

  test('gives Argo CD a health check for each kind of ours', () => {
    const [config] = read('argocd/argocd-cm.yaml') as [KubeObject];
    for (const kind of ['karpenter.sh_Provisioner', 'karpenter.sh_Machine', 'karpenter.k8s.aws_AWSNodeTemplate']) {
      expect(config.data).toHaveProperty([`resource.customizations.health.${kind}`]);
    }
  });
});
