import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  argoImage,
  fluxImage,
  nodeTemplatePatch,
  nodeTemplatePatchJson,
  serviceAccountPatch,
} from './manifest-patches.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe("the controller's image", () => {
  test.each([
    ['without tag', `registry.example/team/controller@${DIGEST}`, 'registry.example/team/controller'],
    ['with a tag', `registry.example/controller:1.2@${DIGEST}`, 'registry.example/controller'],
    ['from a registry with a port', `localhost:5000/controller@${DIGEST}`, 'localhost:5000/controller'],
  ])('%s goes by its digest', (_case, ref, newName) => {
    expect(fluxImage(ref)).toEqual({ name: 'karpenter-gitops-controller', newName, digest: DIGEST });
    expect(argoImage(ref)).toBe(`karpenter-gitops-controller=${newName}@${DIGEST}`);
  });

  test('is refused by a tag alone', () => {
    expect(() => fluxImage('registry.example/controller:1.2')).toThrow('has no digest');
  });
});

describe('the service account', () => {
  test('gets the role by an annotation, and keeps its others', () => {
    expect(parse(serviceAccountPatch('arn:aws:iam::123456789012:role/Controller'))).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'karpenter',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/Controller' },
      },
    });
  });
});

describe("an AWSNodeTemplate's selectors", () => {
  test.each([
    [true, { 'karpenter.sh/discovery': 'demo' }],
    [false, { 'kubernetes.io/cluster/demo': '*' }],
  ])('are replaced whole by the tag of this cluster (karpenter.sh/discovery is set: %s)', (karpenterTag, value) => {
    const changes = [
      { op: 'replace', path: '/spec/subnetSelector', value },
      { op: 'replace', path: '/spec/securityGroupSelector', value },
    ];
    expect(parse(nodeTemplatePatch('demo', { karpenterTag }))).toEqual(changes);
    expect(JSON.parse(nodeTemplatePatchJson('demo', { karpenterTag }))).toEqual(changes);
  });
});
