import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fluxObjects } from '../../../infra/plan/flux-kustomizations.ts';
import { fluxImage, nodeTemplatePatch, serviceAccountPatch } from '../../../infra/plan/manifest-patches.ts';
import { createObject } from '../cluster/live-object.ts';
import { startArtifactServer } from './artifact-server.ts';
import { describeCommits } from './commit-stories.ts';
import { startFlux } from './flux.ts';
import { fluxEngine, GIT_REPOSITORIES, KUSTOMIZATIONS } from './flux-engine.ts';
import { CLUSTER_VALUES, type GitOpsCluster } from './gitops-cluster.ts';

const TEMPLATE = join(import.meta.dirname, '..', '..', '..', 'manifests', 'flux', 'kustomizations.yaml');

describeCommits('commits through a real Flux', async (cluster) => {
  const { controlPlane, repository, beforeClose } = cluster;
  const flux = await startFlux(controlPlane);
  beforeClose(flux.stop);
  const artifacts = await startArtifactServer(repository);
  beforeClose(artifacts.close);
  const [source, ...kustomizations] = pulumisObjects(cluster);
  await createObject(controlPlane, GIT_REPOSITORIES, source);
  for (const kustomization of kustomizations) await createObject(controlPlane, KUSTOMIZATIONS, kustomization);
  return fluxEngine(controlPlane, flux, artifacts);
});

/** The GitRepository and the Kustomizations that `pulumi up` writes for this cluster. */
function pulumisObjects({ clusterName, repository }: GitOpsCluster) {
  const { overlay, image, roleArn } = CLUSTER_VALUES;
  return fluxObjects(readFileSync(TEMPLATE, 'utf8'), {
    // Nobody fetches it: the artifacts of its commits are handed to Flux.
    repositoryUrl: 'https://git.example.com/karpenter-gitops',
    revision: repository.branch,
    secretName: undefined,
    overlay,
    namespace: undefined,
    image: fluxImage(`${image.repository}@${image.digest}`),
    serviceAccountPatch: serviceAccountPatch(roleArn),
    nodeTemplatePatch: nodeTemplatePatch(clusterName, { karpenterTag: false }),
  });
}
