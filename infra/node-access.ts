import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { AwsAuthMapping } from './aws-auth-mapping.ts';
import type { NodeAccess as NodeAccessKind } from './plan/node-access.ts';

interface NodeAccessArgs {
  readonly kind: Exclude<NodeAccessKind, 'none'>;
  readonly clusterName: pulumi.Input<string>;
  readonly kubeconfig: pulumi.Input<string>;
  readonly nodeRoleArn: pulumi.Input<string>;
  /** Absent: no Windows nodes. Else `kind` is accessEntry. */
  readonly windowsNodeRoleArn: pulumi.Input<string> | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Machines that run as the node roles may join the cluster. An access entry is an object of its own, which no other's can overwrite; in
 * aws-auth it is one mapping among everybody's, which the provider in infra/provider cuts in and out.
 */
export class NodeAccess extends pulumi.ComponentResource {
  constructor(name: string, args: NodeAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:NodeAccess', name, {}, options);
    const entry = (entryName: string, principalArn: pulumi.Input<string>, type: 'EC2_LINUX' | 'EC2_WINDOWS') =>
      new aws.eks.AccessEntry(
        entryName,
        // The type brings user name and groups, and takes none.
        { clusterName: args.clusterName, principalArn, type, tags: { ...args.tags } },
        { parent: this },
      );
    if (args.kind === 'accessEntry') {
      entry(name, args.nodeRoleArn, 'EC2_LINUX');
      if (args.windowsNodeRoleArn !== undefined) entry(`${name}-windows`, args.windowsNodeRoleArn, 'EC2_WINDOWS');
    } else {
      new AwsAuthMapping(name, { kubeconfig: args.kubeconfig, roleArn: args.nodeRoleArn }, { parent: this });
    }
    this.registerOutputs();
  }
}
