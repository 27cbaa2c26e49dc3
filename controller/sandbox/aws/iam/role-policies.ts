import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { noSuchEntity, quotaExceeded } from './iam-rules.ts';
import { requireChangeableRole, requireRole } from './roles.ts';

const POLICIES_MAX = 10;

/** Policies that AWS keeps for every account, as far as nodes and clusters use them. */
const AWS_MANAGED_POLICIES: ReadonlySet<string> = new Set([
  'AmazonEBSCSIDriverPolicy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonEKSClusterPolicy',
  'AmazonEKSVPCResourceController',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonSSMManagedInstanceCore',
]);
const AWS_MANAGED_PREFIX = 'arn:aws:iam::aws:policy/';

/** Whether the ARN is that of a policy which AWS keeps. */
export function isAwsManaged(arn: string): boolean {
  return arn.startsWith(AWS_MANAGED_PREFIX) && AWS_MANAGED_POLICIES.has(arn.slice(AWS_MANAGED_PREFIX.length));
}

/** The role may do what the policy says; attaching it twice changes nothing. */
export function attachRolePolicy(model: CloudModel, roleName: string, policyArn: string): void {
  const role = requireChangeableRole(model, roleName);
  if (!/^arn:[\w-]+:iam::(\d{12}|aws):policy\/.+$/.test(policyArn)) {
    throw new AwsError('ValidationError', `ARN ${policyArn} is not valid.`);
  }
  if (!isAwsManaged(policyArn) && !Object.hasOwn(model.state.iam.policies, policyArn)) {
    throw noSuchEntity(`Policy ${policyArn} does not exist or is not attachable.`);
  }
  if (role.attachedPolicyArns.includes(policyArn)) return;
  if (role.attachedPolicyArns.length >= POLICIES_MAX) throw quotaExceeded('PoliciesPerRole', POLICIES_MAX);
  role.attachedPolicyArns.push(policyArn);
}

/** The role may no longer do what the policy says. */
export function detachRolePolicy(model: CloudModel, roleName: string, policyArn: string): void {
  const role = requireChangeableRole(model, roleName);
  if (!role.attachedPolicyArns.includes(policyArn)) throw noSuchEntity(`Policy ${policyArn} was not found.`);
  role.attachedPolicyArns = role.attachedPolicyArns.filter((arn) => arn !== policyArn);
}

/** Name and ARN of what is attached, in the order of attachment. */
export function attachedRolePolicies(
  model: CloudModel,
  roleName: string,
): readonly { readonly name: string; readonly arn: string }[] {
  return requireRole(model, roleName).attachedPolicyArns.map((arn) => ({
    arn,
    name: arn.slice(arn.lastIndexOf('/') + 1),
  }));
}
