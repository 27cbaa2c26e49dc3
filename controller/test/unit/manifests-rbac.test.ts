// What the controller may do: enough for what it does, and no more.
import { expect, jest, test } from '@jest/globals';
import { RESOURCES } from '../../src/kube/resources.ts';
import { BUILDS_MS_MAX, built, describeWithKubectl, nameOf, ofKind } from './kustomize.ts';

jest.setTimeout(BUILDS_MS_MAX);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `resource.group verb`, once for each pair that a rule grants; a rule bound to names has them in brackets. */
function grantsOf({ apiGroups, resources, resourceNames, verbs }: Rule): readonly string[] {
  const bound = resourceNames === undefined ? '' : `[${resourceNames.join(',')}]`;
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => `${group === '' ? resource : `${resource}.${group}`}${bound} ${verb}`),
    ),
  );
}

describeWithKubectl('the roles of the controller', () => {
  const grants = (name: string) =>
    ofKind(built('base'), 'ClusterRole', 'Role')
      .filter((role) => nameOf(role) === name)
      .flatMap(({ rules }) => rules as readonly Rule[])
      .flatMap(grantsOf);
  const isRead = (grant: string) => /\] get$| (get|list|watch)$/.test(grant);

  test('let it follow every kind that its state is made of', () => {
    const followed = Object.entries(RESOURCES).filter(([kind]) => kind !== 'ConfigMap');
    const wanted = followed.flatMap(([, { apiVersion, plural }]) => {
      const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
      return ['get', 'list', 'watch'].map((verb) => `${plural}${group} ${verb}`);
    });
    expect(
      grants('ClusterRole/karpenter')
        .filter((grant) => !grant.includes('[') && isRead(grant))
        .sort(),
    ).toEqual(wanted.sort());
  });

  test('let it write only what is its business in the whole cluster', () => {
    expect(
      grants('ClusterRole/karpenter')
        .filter((grant) => !isRead(grant))
        .sort(),
    ).toEqual([
      'awsnodetemplates.karpenter.k8s.aws patch',
      'awsnodetemplates/status.karpenter.k8s.aws patch',
      'events create',
      'events patch',
      'machines.karpenter.sh create',
      'machines.karpenter.sh delete',
      'machines.karpenter.sh patch',
      'machines/status.karpenter.sh patch',
      'nodes delete',
      'nodes patch',
      'pods/eviction create',
      'provisioners.karpenter.sh patch',
      'provisioners/status.karpenter.sh patch',
    ]);
  });

  test('let it read its settings and hold its lease in its own namespace, and nothing else there', () => {
    expect([...grants('Role/karpenter/karpenter')].sort()).toEqual([
      'configmaps[karpenter-global-settings] get',
      'configmaps[karpenter-global-settings] list',
      'configmaps[karpenter-global-settings] watch',
      'leases.coordination.k8s.io create',
      'leases.coordination.k8s.io[karpenter-leader-election] get',
      'leases.coordination.k8s.io[karpenter-leader-election] update',
    ]);
  });

  test('show it one object in each place of others', () => {
    expect(grants('Role/kube-system/karpenter-nodes')).toEqual(['services[kube-dns] get', 'configmaps[aws-auth] get']);
  });

  test('are bound to its service account alone, and there is no other role', () => {
    const roles = ofKind(built('base'), 'ClusterRole', 'Role').map(nameOf).sort();
    expect(roles).toEqual(['ClusterRole/karpenter', 'Role/karpenter/karpenter', 'Role/kube-system/karpenter-nodes']);
    for (const binding of ofKind(built('base'), 'ClusterRoleBinding', 'RoleBinding')) {
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'karpenter', namespace: 'karpenter' }]);
    }
  });
});
