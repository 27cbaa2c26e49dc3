import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  INSTANCE_LABELS,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  PROVISIONER_NAME_LABEL,
  REGION_LABEL,
  WINDOWS_BUILD_LABEL,
  ZONE_LABEL,
} from './names.ts';

/** Labels whose meaning we know and whose values come from what is bought. */
export const WELL_KNOWN_LABELS: ReadonlySet<string> = new Set([
  PROVISIONER_NAME_LABEL,
  ZONE_LABEL,
  REGION_LABEL,
  INSTANCE_TYPE_LABEL,
  ARCH_LABEL,
  OS_LABEL,
  CAPACITY_TYPE_LABEL,
  WINDOWS_BUILD_LABEL,
  ...Object.values(INSTANCE_LABELS),
]);

/** Older and foreign spellings of well-known labels. */
export const LABEL_ALIASES: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', ZONE_LABEL],
  ['failure-domain.beta.kubernetes.io/region', REGION_LABEL],
  ['beta.kubernetes.io/arch', ARCH_LABEL],
  ['beta.kubernetes.io/os', OS_LABEL],
  ['beta.kubernetes.io/instance-type', INSTANCE_TYPE_LABEL],
  ['topology.ebs.csi.aws.com/zone', ZONE_LABEL],
]);

const RESTRICTED_DOMAINS = ['kubernetes.io', 'k8s.io', 'karpenter.sh', 'karpenter.k8s.aws'];
const EXCEPTED_DOMAINS: ReadonlySet<string> = new Set([
  'kops.k8s.io',
  'node.kubernetes.io',
  'node-restriction.kubernetes.io',
]);

/** Returns the present spelling of a label key: `beta.kubernetes.io/arch` is `kubernetes.io/arch`. */
export function normalizeLabel(key: string): string {
  return LABEL_ALIASES.get(key) ?? key;
}

/**
 * Whether a user may not set the label or require it: it belongs to Kubernetes or to us, and is not well known.
 * A domain covers its subdomains; `mykarpenter.sh` is somebody else's.
 */
export function isRestrictedLabel(key: string): boolean {
  return !WELL_KNOWN_LABELS.has(key) && isInRestrictedDomain(key);
}

/** Whether a node gets the label from its kubelet or cloud, so that we do not write it: well known, or of a restricted domain. */
export function isRestrictedNodeLabel(key: string): boolean {
  return WELL_KNOWN_LABELS.has(key) || isInRestrictedDomain(key);
}

function isInRestrictedDomain(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? '' : key.slice(0, slash);
  if (EXCEPTED_DOMAINS.has(domain)) return false;
  return RESTRICTED_DOMAINS.some((restricted) => domain === restricted || domain.endsWith(`.${restricted}`));
}

const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX_LENGTH_MAX = 253;
const VALUE_LENGTH_MAX = 63;

/** Whether the text is a name of at most 63 characters, or one behind a DNS prefix and a slash, as label and taint keys are. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return NAME.test(text);
  const prefix = text.slice(0, slash);
  return prefix.length <= PREFIX_LENGTH_MAX && PREFIX.test(prefix) && NAME.test(text.slice(slash + 1));
}

/** Whether the text may be the value of a label; empty is one. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= VALUE_LENGTH_MAX && NAME.test(text));
}
