import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

const START_MS_MAX = 120_000;
const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const CONTROLLER = 'system:serviceaccount:karpenter:karpenter';

describe('the manifests on a real kube-apiserver', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    const { kubectl } = controlPlane;
    await kubectl('apply', '--server-side', '-f', join(MANIFESTS, 'crds'));
    await kubectl('wait', '--for=condition=Established', '--timeout=30s', '-f', join(MANIFESTS, 'crds'));
    // Not in the manifests: the namespace is made before them, with the settings in it.
    await kubectl('create', 'namespace', 'karpenter');
    await kubectl('apply', '-k', join(MANIFESTS, 'overlays', 'dev'));
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  test('change nothing when applied again', async () => {
    const output = await controlPlane.kubectl('apply', '-k', join(MANIFESTS, 'overlays', 'dev'));
    expect(
      output
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith(' unchanged')),
    ).toEqual([]);
  });

  test('go from dev to prod in place', async () => {
    const output = await controlPlane.kubectl('apply', '--dry-run=server', '-k', join(MANIFESTS, 'overlays', 'prod'));
    expect(output).toContain('deployment.apps/karpenter configured');
    expect(output).toContain('provisioner.karpenter.sh/default configured');
  });

  /** Asks the server's own authorizer. `on` is `resource.group[/subresource]`, with a name where RBAC bounds it. */
  const can = async (verb: string, on: string, namespace?: string) => {
    const [resource = '', name] = on.split(' ');
    const [path = '', subresource] = resource.split('/');
    const [plural = '', ...group] = path.split('.');
    const { body } = await controlPlane.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: CONTROLLER,
        resourceAttributes: { verb, resource: plural, group: group.join('.'), subresource, name, namespace },
      },
    });
    return (body.status as { allowed: boolean }).allowed;
  };

  test.each([
    ['list', 'pods'],
    ['watch', 'nodes'],
    ['list', 'daemonsets.apps'],
    ['watch', 'poddisruptionbudgets.policy'],
    ['watch', 'provisioners.karpenter.sh'],
    ['list', 'awsnodetemplates.karpenter.k8s.aws'],
    ['create', 'machines.karpenter.sh'],
    ['patch', 'machines.karpenter.sh/status'],
    ['delete', 'machines.karpenter.sh'],
    ['patch', 'provisioners.karpenter.sh'],
    ['patch', 'provisioners.karpenter.sh/status'],
    ['patch', 'awsnodetemplates.karpenter.k8s.aws/status'],
    ['patch', 'nodes'],
    ['delete', 'nodes'],
    ['create', 'pods/eviction', 'default'],
    ['create', 'events', 'default'],
    ['patch', 'events', 'default'],
    ['get', 'namespaces kube-system'],
    ['get', 'services kube-dns', 'kube-system'],
    ['watch', 'configmaps karpenter-global-settings', 'karpenter'],
    ['create', 'leases.coordination.k8s.io', 'karpenter'],
    ['update', 'leases.coordination.k8s.io karpenter-leader-election', 'karpenter'],
  ])('let the controller %s %s', async (verb, on, namespace?: string) => {
    expect(await can(verb, on, namespace)).toBe(true);
  });

  test.each([
    ['delete', 'pods', 'default'],
    ['create', 'nodes'],
    ['create', 'provisioners.karpenter.sh'],
    ['delete', 'provisioners.karpenter.sh'],
    ['list', 'secrets', 'karpenter'],
    ['get', 'configmaps', 'karpenter'],
    ['update', 'configmaps karpenter-global-settings', 'karpenter'],
    ['update', 'leases.coordination.k8s.io another', 'karpenter'],
    ['get', 'namespaces default'],
    ['get', 'configmaps aws-auth', 'kube-system'],
    ['escalate', 'clusterroles.rbac.authorization.k8s.io'],
  ])('do not let it %s %s', async (verb, on, namespace?: string) => {
    expect(await can(verb, on, namespace)).toBe(false);
  });
});
