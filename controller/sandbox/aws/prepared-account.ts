import { clusterTag } from '../../src/api/names.ts';
import type { CloudModel } from './cloud-model.ts';
import { createAccessEntry } from './eks/access-entries.ts';
import { addRoleToInstanceProfile, createInstanceProfile } from './iam/instance-profiles.ts';
import { profileRoles } from './iam/profiles-seen-by-ec2.ts';
import { attachRolePolicy } from './iam/role-policies.ts';
import { createRole } from './iam/roles.ts';
import { createServiceLinkedRole, SPOT_SERVICE } from './iam/service-linked-roles.ts';
import { createTags } from './tags.ts';

const NODE_POLICIES = [
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
];

/**
 * Brings the account to where the getting-started page leaves it before the first node: subnets and security group carry both
 * generations of discovery tags, the node role has its instance profile, the cluster lets its nodes in, and EC2 Spot may act.
 * In CONFIG_MAP mode letting the nodes in is left to aws-auth.
 */
export function prepareAccount(model: CloudModel): void {
  const { cluster, subnets } = model.state;
  const discovery = { [clusterTag(cluster.name)]: 'owned', 'karpenter.sh/discovery': cluster.name };
  createTags(model, [...subnets.map(({ id }) => id), cluster.securityGroupId], discovery);

  const roleName = `KarpenterNodeRole-${cluster.name}`;
  const profileName = `KarpenterNodeInstanceProfile-${cluster.name}`;
  const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const role = createRole(model, { name: roleName, trustPolicy, tags: {} });
  for (const policy of NODE_POLICIES) attachRolePolicy(model, roleName, `arn:aws:iam::aws:policy/${policy}`);
  createInstanceProfile(model, { name: profileName, tags: {} });
  addRoleToInstanceProfile(model, profileName, roleName);
  if (cluster.authenticationMode !== 'CONFIG_MAP') {
    createAccessEntry(model, { principalArn: role.arn, type: 'EC2_LINUX', tags: {} });
  }
  createServiceLinkedRole(model, SPOT_SERVICE);
  // All this was done long ago, whatever the lag.
  model.state.iam.profilesSeenByEc2 = profileRoles(model.state.iam);
}
