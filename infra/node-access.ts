import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterFacts } from './cluster-facts.ts';
import type { InfraConfig } from './config.ts';
import { planNodeAccess } from './plan/node-access.ts';

/** What will let nodes join. Ends the program when nothing would: call it before any resource is registered. */
export function chooseNodeAccess(config: InfraConfig, facts: ClusterFacts): 'accessEntry' | 'none' {
  const plan = planNodeAccess({ ...config.nodeAccess, ...facts, clusterName: config.cluster.name });
  if (plan.kind === 'problem') throw new pulumi.RunError(plan.message);
  return plan.kind;
}

interface NodeAccessEntryArgs {
  readonly clusterName: string;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Machines that run as the node role may join the cluster as Linux nodes. One object of its own, which no other's can overwrite. */
export class NodeAccessEntry extends pulumi.ComponentResource {
  constructor(name: string, args: NodeAccessEntryArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:NodeAccessEntry', name, {}, options);
    new aws.eks.AccessEntry(
      name,
      // The type brings user name and groups, and takes none.
      { clusterName: args.clusterName, principalArn: args.nodeRoleArn, type: 'EC2_LINUX', tags: { ...args.tags } },
      { parent: this },
    );
    this.registerOutputs();
  }
}
