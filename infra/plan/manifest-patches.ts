import { stringify } from 'yaml';
import { clusterTag } from '../../controller/src/api/names.ts';
import { CONTROLLER } from './names.ts';
import { KARPENTER_DISCOVERY_TAG } from './tags.ts';

// The manifests in git name no cluster. These are the few changes that kustomize makes to them on the way into one.

/** One of kustomize's patches, as Argo CD and Flux take them. */
export interface KustomizePatch<Text> {
  readonly target: Readonly<Record<string, string>>;
  readonly patch: Text;
}

/** The service account's role by IRSA. */
export function serviceAccountPatch(roleArn: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: CONTROLLER.serviceAccount, annotations: { 'eks.amazonaws.com/role-arn': roleArn } },
  });
}

/** Where `serviceAccountPatch` goes. */
export const SERVICE_ACCOUNT_TARGET = { kind: 'ServiceAccount', name: CONTROLLER.serviceAccount } as const;

/**
 * The selectors of an AWSNodeTemplate, by a discovery tag of this cluster: karpenter.sh/discovery where this stack sets it, else the
 * cluster's tag, with any value. They are replaced whole: a second tag beside the one in git would have to match as well.
 */
export function nodeTemplatePatch(clusterName: string, discovery: { readonly karpenterTag: boolean }): string {
  return stringify(selectorChanges(clusterName, discovery), { aliasDuplicateObjects: false });
}

/** The same on one line, for `kubectl patch --type json`. */
export function nodeTemplatePatchJson(clusterName: string, discovery: { readonly karpenterTag: boolean }): string {
  return JSON.stringify(selectorChanges(clusterName, discovery));
}

function selectorChanges(clusterName: string, { karpenterTag }: { readonly karpenterTag: boolean }): readonly object[] {
  const value = karpenterTag ? { [KARPENTER_DISCOVERY_TAG]: clusterName } : { [clusterTag(clusterName)]: '*' };
  return ['/spec/subnetSelector', '/spec/securityGroupSelector'].map((path) => ({ op: 'replace', path, value }));
}

/**
 * Where `nodeTemplatePatch` goes: to the templates that ask for it by this label; one with selectors of its own keeps them. A target
 * that nothing matches is none of kustomize's errors: dev has no AWSNodeTemplate.
 */
export const NODE_TEMPLATE_TARGET = {
  kind: 'AWSNodeTemplate',
  labelSelector: 'karpenter-gitops/selectors=of-the-cluster',
} as const;

/** The controller's image in the notation of Argo CD's `kustomize.images`. `ref` ends in its digest. */
export function argoImage(ref: string): string {
  const { newName, digest } = fluxImage(ref);
  return `${CONTROLLER.image}=${newName}@${digest}`;
}

/** The same in the notation of Flux' `images`. A tag in `ref` is left out: kustomize takes a tag or a digest. */
export function fluxImage(ref: string): { readonly name: string; readonly newName: string; readonly digest: string } {
  const [tagged = '', digest] = ref.split('@');
  if (digest === undefined) throw new Error(`${ref} has no digest`);
  const newName = tagged.replace(/:[^:/]*$/, '');
  return { name: CONTROLLER.image, newName, digest };
}
