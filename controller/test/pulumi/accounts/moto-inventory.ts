import { DescribeTagsCommand } from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  ListInstanceProfilesCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import type { AwsWorld } from '../aws-provider/world.ts';

/** Everything in the account that a stack of ours could have made or changed, as sorted lines. */
export async function inventoryOf(world: AwsWorld): Promise<readonly string[]> {
  const [roles, profiles, policies, providers, queues, rules, repositories, tags] = await Promise.all([
    world.iam.send(new ListRolesCommand({})),
    world.iam.send(new ListInstanceProfilesCommand({})),
    world.iam.send(new ListPoliciesCommand({ Scope: 'Local' })),
    world.iam.send(new ListOpenIDConnectProvidersCommand({})),
    world.sqs.send(new ListQueuesCommand({})),
    world.events.send(new ListRulesCommand({})),
    world.ecr.send(new DescribeRepositoriesCommand({})),
    world.ec2.send(new DescribeTagsCommand({})),
  ]);
  return [
    ...(roles.Roles ?? []).map(({ Arn }) => Arn),
    ...(profiles.InstanceProfiles ?? []).map(({ Arn }) => Arn),
    ...(policies.Policies ?? []).map(({ Arn }) => Arn),
    ...(providers.OpenIDConnectProviderList ?? []).map(({ Arn }) => Arn),
    ...(queues.QueueUrls ?? []),
    ...(rules.Rules ?? []).map(({ Arn }) => Arn),
    ...(repositories.repositories ?? []).map(({ repositoryArn }) => repositoryArn),
    ...(tags.Tags ?? []).map(({ ResourceId, Key, Value }) => `${ResourceId} ${Key}=${Value}`),
  ]
    .map(String)
    .sort();
}
