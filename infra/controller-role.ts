import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type Account, type Cluster, clusterArn } from './cluster-facts.ts';
import type { InfraConfig } from './config.ts';
import { controllerPolicy } from './plan/iam-policy.ts';
import { CONTROLLER } from './plan/names.ts';
import { renderManagedPolicy } from './plan/policy-document.ts';
import { MADE_BY_TAG } from './plan/tags.ts';
import { podIdentityTrust, serviceAccountTrust } from './plan/trust-policy.ts';

interface ControllerRoleArgs {
  readonly config: InfraConfig;
  readonly account: Account;
  readonly cluster: Cluster;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly instanceProfileArn: pulumi.Input<string>;
  readonly windowsNodeRoleArn: pulumi.Input<string> | undefined;
  readonly interruptionQueueArn: pulumi.Input<string> | undefined;
  /** Marks the OIDC provider as ours, if it is. */
  readonly owner: string;
}

/** The role of the controller's service account, with what it may do in AWS. */
export class ControllerRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Absent with Pod Identity. */
  readonly oidcProviderArn: pulumi.Output<string> | undefined;

  constructor(name: string, args: ControllerRoleArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:ControllerRole', name, {}, options);
    const { config, cluster } = args;
    const inComponent = { parent: this };
    const tags = { ...config.tags };
    const usesIrsa = config.controllerRole.identity === 'irsa';
    this.oidcProviderArn = usesIrsa ? oidcProvider(name, args, this) : undefined;

    const policy = new aws.iam.Policy(
      name,
      { name: config.controllerRole.policyName, policy: policyText(args), tags },
      inComponent,
    );
    const role = new aws.iam.Role(
      name,
      {
        name: config.controllerRole.name,
        assumeRolePolicy:
          this.oidcProviderArn === undefined
            ? JSON.stringify(podIdentityTrust())
            : pulumi
                .output({ oidcProviderArn: this.oidcProviderArn, issuerUrl: cluster.issuerUrl })
                .apply((issued) => JSON.stringify(serviceAccountTrust({ ...CONTROLLER, ...issued }))),
        tags,
      },
      inComponent,
    );
    const attachment = new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: policy.arn }, inComponent);
    if (!usesIrsa) {
      const { namespace, serviceAccount } = CONTROLLER;
      new aws.eks.PodIdentityAssociation(
        name,
        { clusterName: cluster.name, namespace, serviceAccount, roleArn: role.arn, tags },
        { parent: this, dependsOn: [attachment] },
      );
    }

    // Whoever uses the role waits for its policy as well.
    this.arn = pulumi.all([role.arn, attachment.id]).apply(([arn]) => arn);
    this.registerOutputs({ arn: this.arn, oidcProviderArn: this.oidcProviderArn });
  }
}

/** The cluster's own, or the account's, or a new one. */
function oidcProvider(
  name: string,
  { config, cluster, owner }: ControllerRoleArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  if (cluster.oidcProviderArn !== undefined) return pulumi.output(cluster.oidcProviderArn);
  if (config.controllerRole.oidcProvider !== 'create') return pulumi.output(config.controllerRole.oidcProvider);
  return new aws.iam.OpenIdConnectProvider(
    name,
    {
      url: cluster.issuerUrl,
      clientIdLists: ['sts.amazonaws.com'],
      // IAM finds the thumbprint itself.
      tags: { ...config.tags, [MADE_BY_TAG]: owner },
    },
    { parent },
  ).arn;
}

function policyText(args: ControllerRoleArgs): pulumi.Output<string> {
  const { account, config, nodeRoleArn, instanceProfileArn, windowsNodeRoleArn, interruptionQueueArn } = args;
  const scope = {
    ...account,
    clusterName: config.cluster.name,
    clusterArn: clusterArn(account, config.cluster.name),
    assumeRoleArn: config.settings['aws.assumeRoleARN'],
  };
  return pulumi
    .output({ nodeRoleArn, instanceProfileArn, windowsNodeRoleArn, interruptionQueueArn })
    .apply((arns) => renderManagedPolicy(controllerPolicy({ ...scope, ...arns })));
}
