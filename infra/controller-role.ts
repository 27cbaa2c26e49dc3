import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterFacts } from './cluster-facts.ts';
import type { InfraConfig } from './config.ts';
import { controllerPolicy } from './plan/iam-policy.ts';
import { CONTROLLER } from './plan/names.ts';
import { renderManagedPolicy } from './plan/policy-document.ts';
import { serviceAccountTrust } from './plan/trust-policy.ts';

interface ControllerRoleArgs {
  readonly config: InfraConfig;
  readonly facts: ClusterFacts;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly interruptionQueueArn: pulumi.Input<string> | undefined;
}

/** The role that the controller's service account assumes (IRSA), with what it may do in AWS. */
export class ControllerRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly oidcProviderArn: pulumi.Output<string>;

  constructor(
    name: string,
    { config, facts, nodeRoleArn, interruptionQueueArn }: ControllerRoleArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('karpenter-gitops:infra:ControllerRole', name, {}, options);
    const inComponent = { parent: this };
    const tags = { ...config.tags };

    this.oidcProviderArn =
      config.controllerRole.oidcProvider === 'create'
        ? // An account has at most one provider per issuer. IAM finds the thumbprint itself.
          new aws.iam.OpenIdConnectProvider(
            name,
            { url: facts.issuerUrl, clientIdLists: ['sts.amazonaws.com'], tags },
            inComponent,
          ).arn
        : pulumi.output(config.controllerRole.oidcProvider);

    const policy = new aws.iam.Policy(
      name,
      {
        name: config.controllerRole.policyName,
        policy: pulumi
          .output({ nodeRoleArn, interruptionQueueArn })
          .apply((arns) =>
            renderManagedPolicy(
              controllerPolicy({ ...facts, ...arns, clusterName: config.cluster.name, clusterArn: facts.arn }),
            ),
          ),
        tags,
      },
      inComponent,
    );
    const role = new aws.iam.Role(
      name,
      {
        name: config.controllerRole.name,
        assumeRolePolicy: this.oidcProviderArn.apply((oidcProviderArn) =>
          JSON.stringify(serviceAccountTrust({ ...CONTROLLER, oidcProviderArn, issuerUrl: facts.issuerUrl })),
        ),
        tags,
      },
      inComponent,
    );
    const attachment = new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: policy.arn }, inComponent);

    // Whoever uses the role waits for its policy as well.
    this.arn = pulumi.all([role.arn, attachment.id]).apply(([arn]) => arn);
    this.registerOutputs({ arn: this.arn, oidcProviderArn: this.oidcProviderArn });
  }
}
