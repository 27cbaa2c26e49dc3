import { DeletePodIdentityAssociationCommand, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import { expect } from '@jest/globals';
import { CLUSTER_NAME } from './accounts/test-account.ts';
import { describeLifeCycle } from './life-cycle.ts';
import { preparePulumi } from './pulumi-ground.ts';

const config = {
  cluster: { name: CLUSTER_NAME },
  nodeAccess: { mode: 'none' },
  controllerRole: { identity: 'podIdentity' },
  spot: { serviceLinkedRole: 'create' },
  image: { mode: 'existing', ref: `registry.example/karpenter@sha256:${'0'.repeat(64)}` },
  gitops: { engine: 'flux', repositoryUrl: 'https://git.example/karpenter-gitops.git', overlay: 'prod' },
};
const KUSTOMIZATIONS = 'kustomizations.kustomize.toolkit.fluxcd.io';

describeLifeCycle(preparePulumi(), {
  name: 'attached with Flux and Pod Identity',
  authenticationMode: 'API',
  engine: 'flux',
  config: () => config,
  wantAfterUp: async ({ account: { cloud }, controlPlane: { kubectl } }) => {
    expect(cloud.state.accessEntries).toEqual({});
    expect(Object.values(cloud.state.podIdentities)).toMatchObject([
      { namespace: 'karpenter', serviceAccount: 'karpenter' },
    ]);
    const names = await kubectl('get', KUSTOMIZATIONS, '--namespace=flux-system', '-o', 'name');
    expect(names.trim().split('\n')).toEqual(
      ['controller', 'crds', 'provisioners'].map(
        (name) => `kustomization.kustomize.toolkit.fluxcd.io/karpenter-${name}`,
      ),
    );
  },
  change: {
    config: () => ({ ...config, gitops: { ...config.gitops, revision: 'refs/tags/v1' } }),
    wantSteps: ['update kubernetes:source.toolkit.fluxcd.io/v1:GitRepository hand-over-GitRepository-karpenter-gitops'],
  },
  drift: {
    make: async ({ account, controlPlane: { kubectl } }) => {
      await kubectl('delete', KUSTOMIZATIONS, 'karpenter-provisioners', '--namespace=flux-system');
      await account.inSandbox(async ({ eks }) => {
        const { associations = [] } = await eks.send(
          new ListPodIdentityAssociationsCommand({ clusterName: CLUSTER_NAME }),
        );
        for (const { associationId } of associations) {
          await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: CLUSTER_NAME, associationId }));
        }
      });
    },
    wantSeen: [
      'delete aws:eks/podIdentityAssociation:PodIdentityAssociation controller',
      'delete kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization hand-over-Kustomization-karpenter-provisioners',
    ],
    wantSteps: [
      'create aws:eks/podIdentityAssociation:PodIdentityAssociation controller',
      'create kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization hand-over-Kustomization-karpenter-provisioners',
    ],
  },
});
