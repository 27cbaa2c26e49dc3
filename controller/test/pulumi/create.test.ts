import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { expect } from '@jest/globals';
import type { CloudState } from '../../sandbox/aws/cloud-state.ts';
import { CLUSTER_NAME } from './accounts/test-account.ts';
import { describeLifeCycle } from './life-cycle.ts';
import { preparePulumi } from './pulumi-ground.ts';

const REPOSITORY = `karpenter-gitops/${CLUSTER_NAME}`;

const config = ({ subnets }: CloudState) => ({
  cluster: { mode: 'create', name: CLUSTER_NAME, version: '1.33', subnetIds: subnets.map(({ id }) => id) },
  image: { mode: 'build', baseImage: `registry.example/node@sha256:${'0'.repeat(64)}` },
  gitops: { engine: 'flux', repositoryUrl: 'https://git.example/karpenter-gitops.git' },
});

describeLifeCycle(preparePulumi(), {
  name: 'a cluster of its own with an image that it builds',
  authenticationMode: 'API',
  engine: 'flux',
  config,
  prepare: async ({ projectFolder }) => {
    const bundle = join(projectFolder, 'dist');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'main.js'), '// what `npm run bundle` makes\n');
  },
  wantAfterUp: async ({ account: { cloud }, controlPlane: { kubectl } }) => {
    // Images are in it, and destroy must work all the same.
    const [image] = cloud.state.repositories[REPOSITORY]?.images ?? [];
    expect(image).toMatchObject({ digest: expect.stringMatching(/^sha256:/) });
    const [rolled] = JSON.parse(
      await kubectl(
        ...['get', 'kustomization.kustomize.toolkit.fluxcd.io', 'karpenter-controller', '--namespace=flux-system'],
        ...['-o', 'jsonpath={.spec.images}'],
      ),
    );
    expect(rolled).toMatchObject({ newName: expect.stringContaining(REPOSITORY), digest: image?.digest });
  },
  change: {
    config: (state) => ({ ...config(state), settings: { batchMaxDuration: '20s' } }),
    wantSteps: ['update kubernetes:core/v1:ConfigMap hand-over'],
  },
  drift: {
    make: ({ account }) =>
      account.everywhere(({ ecr }) =>
        ecr.send(new PutImageTagMutabilityCommand({ repositoryName: REPOSITORY, imageTagMutability: 'MUTABLE' })),
      ),
    wantSeen: ['update aws:ecr/repository:Repository controller'],
    wantSteps: ['update aws:ecr/repository:Repository controller'],
  },
});
