import { describe, expect, test } from '@jest/globals';
import { type Gitops, removalSteps, type Target } from './removal-steps.ts';

const nameOf = ({ kind, name }: Target) => (name === undefined ? kind : `${kind} ${name}`);
const story = (gitops: Gitops) =>
  removalSteps(gitops).map(({ remove, gone, limit }) => ({
    remove: remove.map(nameOf),
    gone: gone.map(nameOf),
    limit,
  }));

const DRAINED = ['Provisioner', 'Machine', 'Node'];
const CONTROLLER = [
  'Deployment',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
  'RoleBinding',
  'Role',
  'ClusterRoleBinding',
  'ClusterRole',
  'AWSNodeTemplate',
];
const LEFTOVERS = [
  { remove: CONTROLLER, gone: CONTROLLER, limit: 'settle' },
  { remove: ['CustomResourceDefinition'], gone: ['CustomResourceDefinition'], limit: 'settle' },
];
const removed = (name: string) => ({ remove: [name], gone: [name], limit: 'settle' });
const NAMESPACE = removed('Namespace karpenter');

describe('what leaves the cluster, in order', () => {
  test('without an engine: Provisioners and their nodes, the controller, the definitions, the namespace', () => {
    expect(story({ engine: 'none', namespace: 'karpenter' })).toEqual([
      { remove: ['Provisioner'], gone: DRAINED, limit: 'drain' },
      ...LEFTOVERS,
      NAMESPACE,
    ]);
  });

  test('with Argo CD: its Application, whose waves begin with the Provisioners, and the definitions that it never deletes', () => {
    expect(story({ engine: 'argocd', namespace: 'argocd' })).toEqual([
      { remove: ['Application karpenter', 'Provisioner'], gone: DRAINED, limit: 'drain' },
      { remove: [], gone: ['Application karpenter'], limit: 'settle' },
      ...LEFTOVERS,
      NAMESPACE,
    ]);
  });

  test('with Flux: its Kustomizations from the last to the first, each one gone before the next', () => {
    expect(story({ engine: 'flux', namespace: 'flux-system' })).toEqual([
      { remove: ['Kustomization karpenter-provisioners', 'Provisioner'], gone: DRAINED, limit: 'drain' },
      ...['karpenter-provisioners', 'karpenter-controller', 'karpenter-crds'].map((name) =>
        removed(`Kustomization ${name}`),
      ),
      ...LEFTOVERS,
      removed('GitRepository karpenter-gitops'),
      NAMESPACE,
    ]);
  });

  test.each(['argocd', 'flux', 'none'] as const)('with %s what is not ours is never named', (engine) => {
    const targets = removalSteps({ engine, namespace: 'a' }).flatMap(({ remove, gone }) => [...remove, ...gone]);
    const unbounded = targets.filter(({ name, labelSelector }) => name === undefined && labelSelector === undefined);
    // Two kinds are ours whoever has made the object.
    expect(new Set(unbounded.map(({ kind }) => kind))).toEqual(new Set(['Provisioner', 'Machine']));
  });
});
