import { parse } from 'yaml';
import type { KubernetesObject } from './kubernetes-object.ts';
import { NODE_TEMPLATE_TARGET, SERVICE_ACCOUNT_TARGET } from './manifest-patches.ts';

/** What manifests/argocd/application.yaml cannot know. `Text` is a text, or the promise of one: only its place is decided here. */
export interface ArgoValues<Text> {
  readonly repositoryUrl: string;
  readonly revision: string;
  readonly overlay: string;
  /** Absent: as the template says. */
  readonly namespace: string | undefined;
  /** As `argoImage` writes it. */
  readonly image: Text;
  /** Absent: the service account gets its role by other means. */
  readonly serviceAccountPatch: Text | undefined;
  readonly nodeTemplatePatch: string;
}

interface ApplicationTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly source: { readonly path: string } };
}

/** The Application that syncs one overlay to this cluster: the template with the values put in, and nothing else changed. */
export function argoApplication<Text>(template: string, values: ArgoValues<Text>): KubernetesObject {
  const application = parse(template) as ApplicationTemplate;
  if (application.kind !== 'Application') throw new Error(`the template holds no Application but ${application.kind}`);
  const { metadata, spec } = application;
  const patches = [
    ...(values.serviceAccountPatch === undefined
      ? []
      : [{ target: SERVICE_ACCOUNT_TARGET, patch: values.serviceAccountPatch }]),
    { target: NODE_TEMPLATE_TARGET, patch: values.nodeTemplatePatch },
  ];
  return {
    ...application,
    metadata: { ...metadata, namespace: values.namespace ?? metadata.namespace },
    spec: {
      ...spec,
      source: {
        ...spec.source,
        repoURL: values.repositoryUrl,
        targetRevision: values.revision,
        // manifests/argocd has one folder for each overlay.
        path: spec.source.path.replace(/[^/]+$/, values.overlay),
        kustomize: { images: [values.image], patches },
      },
    },
  };
}
