import {
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteTagsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNTS, type Account } from './account.ts';

const START_MS_MAX = 120_000;
// moto loads a service at the first request for it.
jest.setTimeout(60_000);

describe.each(ACCOUNTS)('EC2 of %s', (_name, open) => {
  let account: Account;
  beforeAll(async () => {
    account = await open();
  }, START_MS_MAX);
  afterAll(() => account?.close());

  async function anySubnet(): Promise<string> {
    const { Subnets: subnets } = await account.ec2.send(new DescribeSubnetsCommand({}));
    return subnets?.[0]?.SubnetId ?? '';
  }

  async function tagsOf(id: string): Promise<Record<string, string>> {
    const filters = [
      { Name: 'resource-id', Values: [id] },
      { Name: 'key', Values: ['team', 'env', 'kubernetes.io/cluster/demo'] },
    ];
    const { Tags: tags } = await account.ec2.send(new DescribeTagsCommand({ Filters: filters }));
    return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
  }

  test('a subnet says whether it is public and how many addresses are free', async () => {
    const { Subnets: subnets } = await account.ec2.send(new DescribeSubnetsCommand({}));
    expect(subnets).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          MapPublicIpOnLaunch: true,
          AvailableIpAddressCount: expect.any(Number),
          State: 'available',
        }),
      ]),
    );
  });

  test('a tag is added to what is not ours, found by, and removed alone', async () => {
    const { ec2 } = account;
    const id = await anySubnet();
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'team', Value: 'theirs' }] }));
    const ours = { Key: 'kubernetes.io/cluster/demo', Value: 'owned' };
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [ours] }));
    const byTag = { Filters: [{ Name: 'tag-key', Values: [ours.Key] }] };
    const { Subnets: found } = await ec2.send(new DescribeSubnetsCommand(byTag));
    expect(found?.map(({ SubnetId }) => SubnetId)).toEqual([id]);
    expect(await tagsOf(id)).toEqual({ team: 'theirs', [ours.Key]: 'owned' });
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [ours] }));
    expect(await tagsOf(id)).toEqual({ team: 'theirs' });
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'team' }] }));
    expect(await tagsOf(id)).toEqual({});
  });

  test('a tag with another value than the one named stays', async () => {
    const { ec2 } = account;
    const id = await anySubnet();
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'env', Value: 'prod' }] }));
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'env', Value: 'dev' }] }));
    expect(await tagsOf(id)).toEqual({ env: 'prod' });
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'env' }] }));
  });

  test('security groups are tagged as subnets are', async () => {
    const { ec2 } = account;
    const { SecurityGroups: groups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }),
    );
    const id = groups?.[0]?.GroupId ?? '';
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'team', Value: 'a' }] }));
    const byTag = { Filters: [{ Name: 'tag:team', Values: ['a'] }] };
    const { SecurityGroups: found } = await ec2.send(new DescribeSecurityGroupsCommand(byTag));
    expect(found).toMatchObject([{ GroupId: id, Tags: [{ Key: 'team', Value: 'a' }] }]);
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'team' }] }));
  });

  test('launch templates have unique names, are found by tag, and go', async () => {
    const { ec2 } = account;
    const template = {
      LaunchTemplateName: 'karpenter.k8s.aws/1',
      LaunchTemplateData: { ImageId: 'ami-12345678' },
      TagSpecifications: [
        { ResourceType: 'launch-template' as const, Tags: [{ Key: 'kubernetes.io/cluster/demo', Value: 'owned' }] },
      ],
    };
    await ec2.send(new CreateLaunchTemplateCommand(template));
    await expect(ec2.send(new CreateLaunchTemplateCommand(template))).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateName.AlreadyExistsException',
    });
    const byTag = { Filters: [{ Name: 'tag:kubernetes.io/cluster/demo', Values: ['owned'] }] };
    const { LaunchTemplates: found } = await ec2.send(new DescribeLaunchTemplatesCommand(byTag));
    expect(found).toMatchObject([
      {
        LaunchTemplateName: 'karpenter.k8s.aws/1',
        Tags: [{ Key: 'kubernetes.io/cluster/demo', Value: 'owned' }],
      },
    ]);
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: found?.[0]?.LaunchTemplateId }));
    expect((await ec2.send(new DescribeLaunchTemplatesCommand(byTag))).LaunchTemplates).toEqual([]);
  });

  test('network interfaces that nobody has made are none', async () => {
    const free = { Filters: [{ Name: 'status', Values: ['available'] }] };
    const answer = await account.ec2.send(new DescribeNetworkInterfacesCommand(free));
    expect(answer.NetworkInterfaces).toEqual([]);
  });
});
