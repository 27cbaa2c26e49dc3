import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PART_OF_LABEL, PART_OF_VALUE } from '../../src/api/names.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { untilEstablished } from './established.ts';

const START_MS_MAX = 120_000;
/** Several kubectl commands, each of which discovers the API anew, on a machine that does other things meanwhile. */
const STORY_MS_MAX = 60_000;
const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const CONTROLLER = 'system:serviceaccount:karpenter:karpenter';

describe('the manifests on a real kube-apiserver', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    const { kubectl } = controlPlane;
    await kubectl('apply', '--server-side', '-f', join(MANIFESTS, 'crds'));
    await untilEstablished(controlPlane);
    // Not in the manifests: the namespace is made before them, with the settings in it.
    await kubectl('create', 'namespace', 'karpenter');
    await kubectl('apply', '-k', join(MANIFESTS, 'overlays', 'dev'));
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  test(
    'are found again as they were applied',
    async () => {
      // `kubectl diff` ends with 1 when there is a difference, and prints it.
      expect(await controlPlane.kubectl('diff', '-k', join(MANIFESTS, 'overlays', 'dev'))).toBe('');
    },
    STORY_MS_MAX,
  );

  test(
    'go from dev to prod in place',
    async () => {
      const output = await controlPlane.kubectl('apply', '--dry-run=server', '-k', join(MANIFESTS, 'overlays', 'prod'));
      expect(output).toContain('deployment.apps/karpenter configured');
      expect(output).toContain('provisioner.karpenter.sh/default configured');
      expect(output).toContain('provisioner.karpenter.sh/batch created');
      expect(output).toContain('awsnodetemplate.karpenter.k8s.aws/batch created');
    },
    STORY_MS_MAX,
  );

  test.each([
    'crds',
    'argocd/dev',
    'argocd/prod',
    'overlays/dev/controller',
    'overlays/dev/provisioners',
    'overlays/prod/controller',
    'overlays/prod/provisioners',
  ])(
    'are taken as a GitOps engine sends them, from %s',
    async (folder) => {
      const output = await controlPlane.kubectl(
        ...['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'],
        ...['-k', join(MANIFESTS, folder)],
      );
      for (const line of output.trim().split('\n')) expect(line).toMatch(/serverside-applied \(server dry run\)$/);
    },
    STORY_MS_MAX,
  );

  test(
    'are all found by their label, definitions included, and nothing else is',
    async () => {
      const kinds =
        'crd,clusterrole,clusterrolebinding,role,rolebinding,serviceaccount,service,deployment,poddisruptionbudget,provisioner,awsnodetemplate';
      const names = (output: string) => output.trim().split('\n').sort();
      const selected = await controlPlane.kubectl(
        'get',
        kinds,
        '-A',
        '-l',
        `${PART_OF_LABEL}=${PART_OF_VALUE}`,
        '-o',
        'name',
      );
      const applied = await Promise.all(
        ['crds', 'overlays/dev'].map((folder) =>
          controlPlane.kubectl('get', '-k', join(MANIFESTS, folder), '-o', 'name'),
        ),
      );
      expect(names(selected)).toEqual(names(applied.join('')));
    },
    STORY_MS_MAX,
  );

  test(
    'run the controller as the strictest pod security standard wants it, on a root that it cannot write to, without secrets',
    async () => {
      const { kubectl, request } = controlPlane;
      await kubectl('create', 'namespace', 'strict');
      await kubectl('label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted');
      const deployment = JSON.parse(await kubectl('get', 'deployment', 'karpenter', '-n', 'karpenter', '-o', 'json'));
      const { spec } = deployment.spec.template;
      const admit = (podSpec: object) =>
        request('POST', '/api/v1/namespaces/strict/pods?dryRun=All', {
          metadata: { name: 'controller' },
          spec: podSpec,
        });
      expect((await admit(spec)).status).toBe(201);
      // The standard is enforced here: each of these alone is too much.
      const [container] = spec.containers;
      const withContainer = (securityContext: object) => ({ ...spec, containers: [{ ...container, securityContext }] });
      const { capabilities: _, ...withCapabilities } = container.securityContext;
      const { seccompProfile: __, ...unconfined } = spec.securityContext;
      for (const loose of [
        withContainer(withCapabilities),
        withContainer({ ...container.securityContext, allowPrivilegeEscalation: true }),
        { ...spec, securityContext: unconfined },
        { ...spec, securityContext: { ...spec.securityContext, runAsNonRoot: false } },
      ])
        expect((await admit(loose)).status).toBe(403);
      expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
      expect(JSON.stringify(spec)).not.toMatch(/secret/i);
      await kubectl('delete', 'namespace', 'strict', '--wait=false');
    },
    STORY_MS_MAX,
  );

  test(
    'let selectors be set by hand, as the template says',
    async () => {
      const { kubectl } = controlPlane;
      await kubectl('apply', '-f', join(MANIFESTS, 'overlays/prod/provisioners/batch-template.yaml'));
      const selector = { 'kubernetes.io/cluster/demo': '*' };
      const patch = ['subnetSelector', 'securityGroupSelector'].map((field) => {
        return { op: 'replace', path: `/spec/${field}`, value: selector };
      });
      await kubectl('patch', 'awsnodetemplate', 'batch', '--type', 'json', '-p', JSON.stringify(patch));
      const { spec } = JSON.parse(await kubectl('get', 'awsnodetemplate', 'batch', '-o', 'json'));
      expect(spec).toMatchObject({ subnetSelector: selector, securityGroupSelector: selector });
      await kubectl('delete', 'awsnodetemplate', 'batch');
    },
    STORY_MS_MAX,
  );

  test(
    'add their health checks to a running Argo CD, and touch nothing else of its settings',
    async () => {
      const { kubectl } = controlPlane;
      await kubectl('create', 'namespace', 'argocd');
      await kubectl('create', 'configmap', 'argocd-cm', '-n', 'argocd', '--from-literal=url=https://argocd.example');
      await kubectl('label', 'configmap', 'argocd-cm', '-n', 'argocd', `${PART_OF_LABEL}=argocd`);
      const file = join(MANIFESTS, 'argocd/argocd-cm.yaml');
      await kubectl('apply', '--server-side', '--field-manager', 'karpenter-gitops', '-n', 'argocd', '-f', file);
      const { metadata, data } = JSON.parse(
        await kubectl('get', 'configmap', 'argocd-cm', '-n', 'argocd', '-o', 'json'),
      );
      expect(metadata.labels).toEqual({ [PART_OF_LABEL]: 'argocd' });
      expect(data.url).toBe('https://argocd.example');
      expect(data['resource.customizations.health.karpenter.k8s.aws_AWSNodeTemplate']).toBe(
        data['resource.customizations.health.karpenter.sh_Provisioner'],
      );
    },
    STORY_MS_MAX,
  );

  /** Asks the server's own authorizer. `on` is `resource.group[/subresource]`, with a name where RBAC bounds it. */
  const can = async (verb: string, on: string, namespace: string | undefined) => {
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
    { verb: 'list', on: 'pods', namespace: undefined },
    { verb: 'watch', on: 'nodes', namespace: undefined },
    { verb: 'watch', on: 'namespaces', namespace: undefined },
    { verb: 'list', on: 'daemonsets.apps', namespace: undefined },
    { verb: 'watch', on: 'provisioners.karpenter.sh', namespace: undefined },
    { verb: 'list', on: 'awsnodetemplates.karpenter.k8s.aws', namespace: undefined },
    { verb: 'create', on: 'machines.karpenter.sh', namespace: undefined },
    { verb: 'patch', on: 'machines.karpenter.sh/status', namespace: undefined },
    { verb: 'delete', on: 'machines.karpenter.sh', namespace: undefined },
    { verb: 'patch', on: 'provisioners.karpenter.sh', namespace: undefined },
    { verb: 'patch', on: 'provisioners.karpenter.sh/status', namespace: undefined },
    { verb: 'patch', on: 'awsnodetemplates.karpenter.k8s.aws/status', namespace: undefined },
    { verb: 'patch', on: 'nodes', namespace: undefined },
    { verb: 'delete', on: 'nodes', namespace: undefined },
    { verb: 'create', on: 'pods/eviction', namespace: 'default' },
    { verb: 'create', on: 'events', namespace: 'default' },
    { verb: 'patch', on: 'events', namespace: 'default' },
    { verb: 'get', on: 'namespaces kube-system', namespace: undefined },
    { verb: 'get', on: 'services kube-dns', namespace: 'kube-system' },
    { verb: 'get', on: 'configmaps aws-auth', namespace: 'kube-system' },
    { verb: 'watch', on: 'configmaps karpenter-global-settings', namespace: 'karpenter' },
    { verb: 'create', on: 'leases.coordination.k8s.io', namespace: 'karpenter' },
    { verb: 'update', on: 'leases.coordination.k8s.io karpenter-leader-election', namespace: 'karpenter' },
  ])('let the controller $verb $on', async ({ verb, on, namespace }) => {
    expect(await can(verb, on, namespace)).toBe(true);
  });

  test.each([
    { verb: 'delete', on: 'pods', namespace: 'default' },
    { verb: 'create', on: 'nodes', namespace: undefined },
    { verb: 'create', on: 'provisioners.karpenter.sh', namespace: undefined },
    { verb: 'delete', on: 'provisioners.karpenter.sh', namespace: undefined },
    { verb: 'list', on: 'secrets', namespace: 'karpenter' },
    { verb: 'get', on: 'configmaps', namespace: 'karpenter' },
    { verb: 'update', on: 'configmaps karpenter-global-settings', namespace: 'karpenter' },
    { verb: 'update', on: 'leases.coordination.k8s.io another', namespace: 'karpenter' },
    { verb: 'patch', on: 'namespaces default', namespace: undefined },
    { verb: 'patch', on: 'configmaps aws-auth', namespace: 'kube-system' },
    { verb: 'get', on: 'configmaps', namespace: 'kube-system' },
    { verb: 'get', on: 'secrets a-token', namespace: 'kube-system' },
    { verb: 'get', on: 'namespaces default', namespace: undefined },
    { verb: 'list', on: 'poddisruptionbudgets.policy', namespace: undefined },
    { verb: 'escalate', on: 'clusterroles.rbac.authorization.k8s.io', namespace: undefined },
  ])('do not let it $verb $on', async ({ verb, on, namespace }) => {
    expect(await can(verb, on, namespace)).toBe(false);
  });
});
