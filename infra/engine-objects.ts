import { readFileSync } from 'node:fs';
import type * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { argoApplication } from './plan/argo-application.ts';
import { fluxObjects } from './plan/flux-kustomizations.ts';
import type { KubernetesObject } from './plan/kubernetes-object.ts';
import { argoImage, fluxImage, nodeTemplatePatch, serviceAccountPatch } from './plan/manifest-patches.ts';

const MANIFESTS = new URL('../manifests/', import.meta.url);

/**
 * What makes the configured engine follow git, in the order of creation: the templates in manifests/ with what only this stack knows.
 * Empty without engine.
 */
export function engineObjects(
  config: InfraConfig,
  imageRef: pulumi.Output<string>,
  controllerRoleArn: pulumi.Output<string>,
): readonly KubernetesObject[] {
  const { engine, repositoryUrl } = config.gitops;
  if (engine === 'none' || repositoryUrl === undefined) return [];
  const values = {
    ...config.gitops,
    repositoryUrl,
    // An association in EKS names the service account where Pod Identity is used, and the account need not name the role.
    serviceAccountPatch:
      config.controllerRole.identity === 'irsa' ? controllerRoleArn.apply(serviceAccountPatch) : undefined,
    nodeTemplatePatch: nodeTemplatePatch(config.cluster.name, config.discovery),
  };
  return engine === 'argocd'
    ? [argoApplication(template('argocd/application.yaml'), { ...values, image: imageRef.apply(argoImage) })]
    : fluxObjects(template('flux/kustomizations.yaml'), { ...values, image: imageRef.apply(fluxImage) });
}

function template(path: string): string {
  return readFileSync(new URL(path, MANIFESTS), 'utf8');
}
