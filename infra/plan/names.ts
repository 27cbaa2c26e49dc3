import { createHash } from 'node:crypto';

/** Where manifests/base puts the controller, as whom it runs (the role trusts this one service account), and from which image. */
export const CONTROLLER = {
  namespace: 'karpenter',
  serviceAccount: 'karpenter',
  /** What stands for the image in git. */
  image: 'karpenter-gitops-controller',
} as const;

/** The limit for roles and for EventBridge's rules. Instance profiles, policies and queues allow more, but one limit makes one rule. */
const NAME_LENGTH_MAX = 64;
const HASH_LENGTH = 8;

/**
 * `<prefix>-<clusterName>`, the name that the getting-started page uses. When AWS would refuse it for its length the end is
 * replaced by a hash of the whole, so that two long cluster names that begin alike do not share a role.
 */
export function clusterScopedName(prefix: string, clusterName: string): string {
  const name = `${prefix}-${clusterName}`;
  if (name.length <= NAME_LENGTH_MAX) return name;
  return `${name.slice(0, NAME_LENGTH_MAX - HASH_LENGTH - 1)}-${shortHash(name)}`;
}

/**
 * `karpenter-gitops/<clusterName>`, as ECR spells names: lower case, and single dashes where it takes no other character. A name
 * that had to be changed ends in a hash, so that `Demo` and `demo` do not share a repository.
 */
export function repositoryName(clusterName: string): string {
  const spelled = clusterName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `karpenter-gitops/${spelled === clusterName ? spelled : `${spelled}-${shortHash(clusterName)}`}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
