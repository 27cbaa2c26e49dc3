import { parseAllDocuments } from 'yaml';
import { PART_OF_LABEL, PART_OF_VALUE } from '../../controller/src/api/names.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { type KustomizePatch, NODE_TEMPLATE_TARGET, SERVICE_ACCOUNT_TARGET } from './manifest-patches.ts';

/** What manifests/flux/kustomizations.yaml cannot know. `Text` and `Image` may be promises: only their place is decided here. */
export interface FluxValues<Text, Image> {
  readonly repositoryUrl: string;
  readonly revision: string;
  /** The Secret with git credentials, beside the Kustomizations. Absent: anybody may read the repository. */
  readonly secretName: string | undefined;
  readonly overlay: string;
  /** Absent: as the template says. */
  readonly namespace: string | undefined;
  /** As `fluxImage` writes it. */
  readonly image: Image;
  /** Absent: the service account gets its role by other means. */
  readonly serviceAccountPatch: Text | undefined;
  readonly nodeTemplatePatch: string;
}

interface KustomizationTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly path: string;
    readonly sourceRef: { readonly kind: string; readonly name: string };
    readonly [field: string]: unknown;
  };
}

/** How often Flux asks git whether there is something new. */
const GIT_INTERVAL = '1m';

/**
 * The GitRepository, and after it the Kustomizations that apply one overlay to this cluster, in the order of the template: the
 * template with the values put in, and nothing else changed.
 */
export function fluxObjects<Text, Image>(
  template: string,
  values: FluxValues<Text, Image>,
): readonly KubernetesObject[] {
  const templates = parseAllDocuments(template).map((document) => document.toJS() as KustomizationTemplate);
  const [first] = templates;
  if (first === undefined || templates.some(({ kind }) => kind !== 'Kustomization')) {
    throw new Error('the template must hold Kustomizations and nothing else');
  }
  const kustomizations = templates.map(({ metadata, spec, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, namespace: values.namespace ?? metadata.namespace },
    spec: {
      ...spec,
      path: spec.path.replace(/\/overlays\/[^/]+/, `/overlays/${values.overlay}`),
      ...changes(spec.path, values),
    },
  }));
  return [gitRepository(first, values), ...kustomizations];
}

/** What is changed on the way by the Kustomization of this path: each change once, where the object comes by. */
function changes<Text, Image>(path: string, values: FluxValues<Text, Image>): Readonly<Record<string, unknown>> {
  if (path.endsWith('/controller')) {
    const patches: KustomizePatch<Text>[] =
      values.serviceAccountPatch === undefined
        ? []
        : [{ target: SERVICE_ACCOUNT_TARGET, patch: values.serviceAccountPatch }];
    return { images: [values.image], ...(patches.length > 0 ? { patches } : {}) };
  }
  if (path.endsWith('/provisioners')) {
    return { patches: [{ target: NODE_TEMPLATE_TARGET, patch: values.nodeTemplatePatch }] };
  }
  return {};
}

function gitRepository<Text, Image>(
  { metadata, spec }: KustomizationTemplate,
  { namespace, repositoryUrl, revision, secretName }: FluxValues<Text, Image>,
): KubernetesObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: spec.sourceRef.kind,
    metadata: {
      name: spec.sourceRef.name,
      namespace: namespace ?? metadata.namespace,
      labels: { [PART_OF_LABEL]: PART_OF_VALUE },
    },
    spec: {
      interval: GIT_INTERVAL,
      url: repositoryUrl,
      ref: gitReference(revision),
      ...(secretName === undefined ? {} : { secretRef: { name: secretName } }),
    },
  };
}

/** Argo CD takes any revision in one field; Flux wants to be told what it is. */
function gitReference(revision: string): Readonly<Record<string, string>> {
  if (/^[0-9a-f]{40}$/.test(revision)) return { commit: revision };
  return revision.startsWith('refs/') ? { name: revision } : { branch: revision };
}
