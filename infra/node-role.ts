import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { instanceTrust } from './plan/trust-policy.ts';

/** What a node needs of AWS: join, get pod addresses, pull images, be reached by Session Manager instead of by SSH. */
const MANAGED_POLICIES = [
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
];

interface RoleArgs {
  readonly name: string;
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A role that machines can run as which are to become nodes. */
export function nodeRoleWithPolicies(
  name: string,
  args: RoleArgs,
  options: pulumi.CustomResourceOptions,
): { readonly role: aws.iam.Role; readonly attachments: readonly aws.iam.RolePolicyAttachment[] } {
  const role = new aws.iam.Role(
    name,
    { name: args.name, assumeRolePolicy: JSON.stringify(instanceTrust(args.dnsSuffix)), tags: { ...args.tags } },
    options,
  );
  const attachments = MANAGED_POLICIES.map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy}`,
        { role: role.name, policyArn: `arn:${args.partition}:iam::aws:policy/${policy}` },
        options,
      ),
  );
  return { role, attachments };
}

/** The role that nodes run as, and the instance profile by which EC2 gives it to them. */
export class NodeRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly instanceProfileName: pulumi.Output<string>;
  readonly instanceProfileArn: pulumi.Output<string>;

  constructor(
    name: string,
    args: RoleArgs & { readonly instanceProfileName: string },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('karpenter-gitops:infra:NodeRole', name, {}, options);
    const { role, attachments } = nodeRoleWithPolicies(name, args, { parent: this });
    // After the policies: an instance launched with the profile must not find a role that cannot do its work yet.
    const profile = new aws.iam.InstanceProfile(
      name,
      { name: args.instanceProfileName, role: role.name, tags: { ...args.tags } },
      { parent: this, dependsOn: [...attachments] },
    );
    this.arn = role.arn;
    this.instanceProfileName = profile.name;
    this.instanceProfileArn = profile.arn;
    this.registerOutputs({ arn: this.arn, instanceProfileName: this.instanceProfileName });
  }
}
