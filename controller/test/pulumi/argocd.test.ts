import { expect } from '@jest/globals';
import { CLUSTER_NAME } from './accounts/test-account.ts';
import { describeLifeCycle } from './life-cycle.ts';
import { preparePulumi } from './pulumi-ground.ts';

const IMAGE = `registry.example/karpenter@sha256:${'0'.repeat(64)}`;
const OTHER_IMAGE = `registry.example/karpenter@sha256:${'1'.repeat(64)}`;
const config = {
  cluster: { name: CLUSTER_NAME },
  image: { mode: 'existing', ref: IMAGE },
  gitops: { engine: 'argocd', repositoryUrl: 'https://git.example/karpenter-gitops.git', revision: 'main' },
};
const APPLICATION = ['application.argoproj.io', 'karpenter', '--namespace=argocd'];
const AWS_AUTH = ['configmap', 'aws-auth', '--namespace=kube-system'];
const NODE_ROLE_ARN = `arn:aws:iam::123456789012:role/KarpenterNodeRole-${CLUSTER_NAME}`;
/** As eksctl writes it, with a comment of somebody's. */
const FOREIGN_ROLES = `- rolearn: arn:aws:iam::123456789012:role/eksctl-nodegroup
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes] # do not remove
`;

describeLifeCycle(preparePulumi(), {
  name: 'attached to a CONFIG_MAP cluster with Argo CD',
  authenticationMode: 'CONFIG_MAP',
  engine: 'argocd',
  config: () => config,
  prepare: async ({ controlPlane }) => {
    await controlPlane.kubectl('create', ...AWS_AUTH, `--from-literal=mapRoles=${FOREIGN_ROLES}`);
  },
  wantAfterUp: async ({ controlPlane: { kubectl } }) => {
    const roles = await kubectl('get', ...AWS_AUTH, '-o', 'jsonpath={.data.mapRoles}');
    expect(roles).toContain(FOREIGN_ROLES);
    expect(roles).toContain(NODE_ROLE_ARN);
    const source = JSON.parse(await kubectl('get', ...APPLICATION, '-o', 'jsonpath={.spec.source}'));
    expect(source).toMatchObject({ repoURL: config.gitops.repositoryUrl, targetRevision: 'main' });
    expect(source.kustomize.images).toEqual([expect.stringContaining(IMAGE)]);
  },
  change: {
    config: () => ({ ...config, image: { mode: 'existing', ref: OTHER_IMAGE } }),
    wantSteps: ['update kubernetes:argoproj.io/v1alpha1:Application hand-over-Application-karpenter'],
  },
  drift: {
    make: async ({ controlPlane: { kubectl } }) => {
      const roles = JSON.stringify({ data: { mapRoles: FOREIGN_ROLES } });
      await kubectl('patch', ...AWS_AUTH, '--type=merge', '--patch', roles);
      const revision = JSON.stringify({ spec: { source: { targetRevision: 'somebody-s-branch' } } });
      await kubectl('patch', ...APPLICATION, '--type=merge', '--patch', revision);
    },
    wantSeen: [
      'delete karpenter-cluster:index:AwsAuthMapping node',
      'update kubernetes:argoproj.io/v1alpha1:Application hand-over-Application-karpenter',
    ],
    wantSteps: [
      'create karpenter-cluster:index:AwsAuthMapping node',
      'update kubernetes:argoproj.io/v1alpha1:Application hand-over-Application-karpenter',
    ],
  },
});
