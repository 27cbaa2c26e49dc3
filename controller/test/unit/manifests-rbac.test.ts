// What the controller may do: enough for what it does, and no more.
import { expect, jest, test } from '@jest/globals';
import { RESOURCES } from '../../src/kube/resources.ts';
import { FOLLOWED_KINDS } from '../../src/reconcile/controller.ts';
import { describeGrant, grantsOf, type Rule } from '../grants.ts';
import { BUILDS_MS_MAX, built, describeWithKubectl, nameOf, ofKind } from './kustomize.ts';

jest.setTimeout(BUILDS_MS_MAX);

describeWithKubectl('the roles of the controller', () => {
  const grants = (name: string) =>
    ofKind(built('base'), 'ClusterRole', 'Role')
      .filter((role) => nameOf(role) === name)
      .flatMap(({ rules }) => rules as readonly Rule[])
      .flatMap(grantsOf)
      .map(describeGrant)
      .sort();
  const isFollowing = (grant: string) => /^(list|watch) /.test(grant);

  test('let it follow every kind that its state is made of', () => {
    const wanted = FOLLOWED_KINDS.filter((kind) => kind !== 'ConfigMap').flatMap((kind) => {
      const { apiVersion, plural } = RESOURCES[kind];
      const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
      return [`list ${plural}${group}`, `watch ${plural}${group}`];
    });
    expect(grants('ClusterRole/karpenter').filter(isFollowing)).toEqual(wanted.sort());
  });

  test('let it ask for single objects and write only where that is its business in the whole cluster', () => {
    expect(grants('ClusterRole/karpenter').filter((grant) => !isFollowing(grant))).toEqual([
      'create events',
      'create machines.karpenter.sh',
      'create pods/eviction',
      'delete machines.karpenter.sh',
      'delete nodes',
      'get machines.karpenter.sh',
      'get namespaces [kube-system]',
      'get nodes',
      'get pods',
      'patch awsnodetemplates.karpenter.k8s.aws',
      'patch awsnodetemplates.karpenter.k8s.aws/status',
      'patch events',
      'patch machines.karpenter.sh',
      'patch machines.karpenter.sh/status',
      'patch nodes',
      'patch provisioners.karpenter.sh',
      'patch provisioners.karpenter.sh/status',
    ]);
  });

  test('let it read its settings and hold its lease in its own namespace, and nothing else there', () => {
    expect(grants('Role/karpenter/karpenter')).toEqual([
      'create leases.coordination.k8s.io',
      'get configmaps [karpenter-global-settings]',
      'get leases.coordination.k8s.io [karpenter-leader-election]',
      'list configmaps [karpenter-global-settings]',
      'update leases.coordination.k8s.io [karpenter-leader-election]',
      'watch configmaps [karpenter-global-settings]',
    ]);
  });

  test('show it one object in each place of others', () => {
    expect(grants('Role/kube-system/karpenter-nodes')).toEqual([
      'get configmaps [aws-auth]',
      'get services [kube-dns]',
    ]);
  });

  test('are bound to its service account alone, and there is no other role', () => {
    const roles = ofKind(built('base'), 'ClusterRole', 'Role').map(nameOf).sort();
    expect(roles).toEqual(['ClusterRole/karpenter', 'Role/karpenter/karpenter', 'Role/kube-system/karpenter-nodes']);
    for (const binding of ofKind(built('base'), 'ClusterRoleBinding', 'RoleBinding')) {
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'karpenter', namespace: 'karpenter' }]);
    }
  });
});
