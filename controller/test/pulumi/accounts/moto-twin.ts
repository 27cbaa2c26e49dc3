import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import type { CloudState } from '../../../sandbox/aws/cloud-state.ts';
import { tagList } from '../aws-provider/aws-tags.ts';
import type { AwsWorld, IdMap } from '../aws-provider/world.ts';

const VPC_CIDR = '10.0.0.0/16';

/** Makes in moto what the sandbox's account holds that tags are put on: subnets and security groups. Returns their names there. */
export async function makeTwin({ ec2 }: AwsWorld, { subnets, securityGroups }: CloudState): Promise<IdMap> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: VPC_CIDR }));
  const ids: Record<string, string> = {};
  const tag = async (id: string, tags: Readonly<Record<string, string>>) => {
    // `aws:` is AWS's own, in moto as well.
    const own = Object.entries(tags).filter(([key]) => !key.startsWith('aws:'));
    if (own.length > 0) {
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(Object.fromEntries(own)) }));
    }
  };
  for (const subnet of subnets) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: subnet.cidr, AvailabilityZone: subnet.zone }),
    );
    ids[subnet.id] = Subnet?.SubnetId ?? '';
    await tag(Subnet?.SubnetId ?? '', subnet.tags);
  }
  for (const group of securityGroups) {
    // The name `default` is taken in every VPC.
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: `twin of ${group.name}`,
        Description: group.description,
        VpcId: Vpc?.VpcId,
      }),
    );
    ids[group.id] = GroupId;
    await tag(GroupId, group.tags);
  }
  return ids;
}
