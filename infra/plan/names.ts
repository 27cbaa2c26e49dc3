import { createHash } from 'node:crypto';

/** Where manifests/base puts the controller, and as whom it runs: the role trusts this one service account. */
export const CONTROLLER = { namespace: 'karpenter', serviceAccount: 'karpenter' } as const;

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
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, NAME_LENGTH_MAX - HASH_LENGTH - 1)}-${hash}`;
}
