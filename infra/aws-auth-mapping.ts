import * as pulumi from '@pulumi/pulumi';

interface AwsAuthMappingArgs {
  /** Of somebody who may change ConfigMaps in kube-system. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly roleArn: pulumi.Input<string>;
}

/**
 * Machines that run as the role may join the cluster, by one mapping in the ConfigMap aws-auth. All that others have written there
 * stays as it is, and so does a mapping of the role that was there before. For clusters that know no access entries.
 */
export class AwsAuthMapping extends pulumi.CustomResource {
  constructor(name: string, args: AwsAuthMappingArgs, options?: pulumi.CustomResourceOptions) {
    super('karpenter-cluster:index:AwsAuthMapping', name, { ...args }, options);
  }
}
