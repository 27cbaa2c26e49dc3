import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { MADE_BY_TAG } from './plan/tags.ts';

/** The name that EC2 gives it. */
export const SPOT_ROLE_NAME = 'AWSServiceRoleForEC2Spot';

interface SpotRoleArgs {
  readonly tags: Readonly<Record<string, string>>;
  readonly owner: string;
}

/** EC2 may start spot instances in this account. */
export class SpotRole extends pulumi.ComponentResource {
  constructor(name: string, { tags, owner }: SpotRoleArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:SpotRole', name, {}, options);
    new aws.iam.ServiceLinkedRole(
      name,
      { awsServiceName: 'spot.amazonaws.com', tags: { ...tags, [MADE_BY_TAG]: owner } },
      { parent: this },
    );
    this.registerOutputs();
  }
}
