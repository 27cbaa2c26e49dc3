import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Discoverable, Subnet } from './cluster-facts.ts';
import { discoveryTags, foreignValues, tagPlans } from './plan/tags.ts';

/** A /27 in an EKS cluster is nearly full at the start; below this a burst of nodes will fail for want of addresses. */
const AVAILABLE_IPS_FEW = 16;

interface DiscoveryTagsArgs {
  readonly clusterName: string;
  readonly wanted: { readonly clusterTag: boolean; readonly karpenterTag: boolean };
  readonly subnets: readonly Subnet[];
  readonly securityGroup: Discoverable;
  /** Marks as ours what we add, so that destroy removes that and nothing else. */
  readonly owner: string;
}

/**
 * Subnets and one security group carry the tags by which the controller finds them. One tag resource per key, so that we never
 * own, nor remove, what others have put on resources that are not ours.
 */
export class DiscoveryTags extends pulumi.ComponentResource {
  constructor(name: string, args: DiscoveryTagsArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:DiscoveryTags', name, {}, options);
    const wanted = discoveryTags(args.clusterName, args.wanted);
    for (const resource of [...args.subnets, args.securityGroup]) {
      let previous: pulumi.Resource[] = [];
      for (const { key, value } of tagPlans(resource, wanted, args.owner)) {
        const tag = new aws.ec2.Tag(
          `${name}-${resource.label}-${key}`,
          { resourceId: resource.id, key, value },
          { parent: this, dependsOn: previous },
        );
        previous = [tag];
      }
      for (const key of foreignValues(resource, wanted)) {
        void pulumi.log.warn(
          `${resource.label} carries ${key} with another value, which is left alone: select it by another tag`,
          this,
        );
      }
    }
    for (const subnet of args.subnets) warnOf(subnet, this);
    this.registerOutputs();
  }
}

function warnOf(subnet: Subnet, component: pulumi.Resource): void {
  if (subnet.isPublic)
    void pulumi.log.warn(
      `${subnet.id} gives its instances public addresses: nodes there can be reached from outside`,
      component,
    );
  if (subnet.availableIps < AVAILABLE_IPS_FEW)
    void pulumi.log.warn(`${subnet.id} has only ${subnet.availableIps} free addresses`, component);
}
