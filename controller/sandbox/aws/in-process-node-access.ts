import type { NodeAccess } from '../../src/ports/cloud.ts';
import type { CloudModel } from './cloud-model.ts';

/** What IAM and EKS say of the nodes that come with this instance profile: see `CloudPort.nodeAccess`. */
export function nodeAccessInProcess({ state }: CloudModel, instanceProfile: string): NodeAccess {
  const { iam, accessEntries, cluster } = state;
  const profile = iam.instanceProfiles[instanceProfile];
  if (profile === undefined) return { kind: 'no-profile', instanceProfile };
  const role = profile.roleName === undefined ? undefined : iam.roles[profile.roleName];
  if (role === undefined) return { kind: 'no-role', instanceProfile };
  const { authenticationMode } = cluster;
  const entry = authenticationMode === 'CONFIG_MAP' ? undefined : accessEntries[role.arn];
  return { kind: 'role', roleArn: role.arn, authenticationMode, accessEntryType: entry?.type };
}
