import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argoApplication } from '../../../infra/plan/argo-application.ts';
import { argoImage, nodeTemplatePatch, serviceAccountPatch } from '../../../infra/plan/manifest-patches.ts';
import { createObject } from '../cluster/live-object.ts';
import { startArgoCd } from './argo-cd.ts';
import { APPLICATIONS, argoCdEngine } from './argo-cd-engine.ts';
import { describeCommits } from './commit-stories.ts';
import { startGitServer } from './git-server.ts';
import { CLUSTER_VALUES, type GitOpsCluster } from './gitops-cluster.ts';

const ARGO_CD_MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests', 'argocd');

describeCommits('commits through a real Argo CD', async (cluster) => {
  const { controlPlane, repository, beforeClose } = cluster;
  const argoCd = await startArgoCd(controlPlane);
  beforeClose(argoCd.stop);
  const gitServer = await startGitServer(repository.folder);
  beforeClose(gitServer.close);
  // As its file says to whoever runs an Argo CD.
  const settings = join(ARGO_CD_MANIFESTS, 'argocd-cm.yaml');
  const apply = ['apply', '--server-side', '--field-manager=karpenter-gitops', '-n', 'argocd', '-f', settings];
  await controlPlane.kubectl(...apply);
  await createObject(controlPlane, APPLICATIONS, pulumisApplication(cluster, gitServer.url));
  return argoCdEngine(controlPlane, argoCd);
});

/** The Application that `pulumi up` writes for this cluster. */
function pulumisApplication({ clusterName, repository }: GitOpsCluster, repositoryUrl: string) {
  const { overlay, image, roleArn } = CLUSTER_VALUES;
  return argoApplication(readFileSync(join(ARGO_CD_MANIFESTS, 'application.yaml'), 'utf8'), {
    repositoryUrl,
    revision: repository.branch,
    overlay,
    namespace: undefined,
    image: argoImage(`${image.repository}@${image.digest}`),
    serviceAccountPatch: serviceAccountPatch(roleArn),
    nodeTemplatePatch: nodeTemplatePatch(clusterName, { karpenterTag: false }),
  });
}
