import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { isSameDocument } from '../plugin/difference.ts';
import { optionalText, type Properties, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges, tagList, tagRecord } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

/** What IAM keeps of a policy. */
const VERSIONS_MAX = 5;

/** aws:iam/policy:Policy. Its id is its ARN. */
export const POLICY: ResourceType<AwsWorld> = {
  inputs: ['name', 'path', 'description', 'policy', 'tags'],
  required: ['name', 'policy'],
  defaults: { path: '/' },
  replaceOn: ['name', 'path', 'description'],
  computed: ['arn', 'policyId', 'attachmentCount', 'tagsAll'],
  isSame: { policy: isSameDocument },
  create: async ({ iam }, inputs) => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: text(inputs, 'name'),
        Path: text(inputs, 'path'),
        Description: optionalText(inputs, 'description'),
        PolicyDocument: text(inputs, 'policy'),
        Tags: tagList(tags(inputs)),
      }),
    );
    return Policy?.Arn ?? '';
  },
  read: async ({ iam }, arn) => {
    const policy = (await absent(iam.send(new GetPolicyCommand({ PolicyArn: arn })), 'NoSuchEntityException'))?.Policy;
    if (policy === undefined) return undefined;
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: policy.DefaultVersionId }),
    );
    const ownTags = tagRecord(policy.Tags);
    return {
      name: policy.PolicyName,
      path: policy.Path,
      // No description reads as an empty one.
      description: policy.Description === '' ? undefined : policy.Description,
      policy: decodeURIComponent(PolicyVersion?.Document ?? ''),
      tags: ownTags,
      tagsAll: ownTags,
      arn,
      policyId: policy.PolicyId,
      attachmentCount: policy.AttachmentCount,
    };
  },
  update: async (world, PolicyArn, olds, news) => {
    if (!isSameDocument(olds.policy, news.policy)) {
      const old = await otherVersions(world, PolicyArn);
      if (old.length === VERSIONS_MAX - 1) {
        await world.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: old.at(-1) }));
      }
      const PolicyDocument = text(news, 'policy');
      await world.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    }
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) await world.iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: removed }));
    if (Object.keys(set).length > 0) await world.iam.send(new TagPolicyCommand({ PolicyArn, Tags: tagList(set) }));
  },
  delete: async (world, PolicyArn) => {
    for (const VersionId of await otherVersions(world, PolicyArn)) {
      await world.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await absent(world.iam.send(new DeletePolicyCommand({ PolicyArn })), 'NoSuchEntityException');
  },
};

/** Those that are not in force, newest first. */
async function otherVersions({ iam }: AwsWorld, PolicyArn: string): Promise<readonly string[]> {
  const answer = await absent(iam.send(new ListPolicyVersionsCommand({ PolicyArn })), 'NoSuchEntityException');
  return (answer?.Versions ?? [])
    .filter((version) => version.IsDefaultVersion !== true)
    .map((version) => version.VersionId ?? '')
    .sort((one, other) => Number(other.slice(1)) - Number(one.slice(1)));
}

/** aws:iam/openIdConnectProvider:OpenIdConnectProvider. Its id is its ARN. */
export const OPEN_ID_CONNECT_PROVIDER: ResourceType<AwsWorld> = {
  inputs: ['url', 'clientIdLists', 'tags'],
  required: ['url', 'clientIdLists'],
  replaceOn: ['url'],
  computed: ['arn', 'thumbprintLists', 'tagsAll'],
  isSame: { url: (one, other) => withoutScheme(one) === withoutScheme(other) },
  create: async ({ iam }, inputs) => {
    const { OpenIDConnectProviderArn } = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: text(inputs, 'url'),
        ClientIDList: [...clientIds(inputs)],
        Tags: tagList(tags(inputs)),
      }),
    );
    return OpenIDConnectProviderArn ?? '';
  },
  read: async ({ iam }, arn) => {
    const provider = await absent(
      iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
      'NoSuchEntityException',
    );
    if (provider === undefined) return undefined;
    const ownTags = tagRecord(provider.Tags);
    return {
      url: withoutScheme(provider.Url),
      clientIdLists: provider.ClientIDList,
      thumbprintLists: provider.ThumbprintList,
      tags: ownTags,
      tagsAll: ownTags,
      arn,
    };
  },
  update: async ({ iam }, OpenIDConnectProviderArn, olds, news) => {
    for (const ClientID of clientIds(news).filter((id) => !clientIds(olds).includes(id))) {
      await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
    }
    for (const ClientID of clientIds(olds).filter((id) => !clientIds(news).includes(id))) {
      await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
    }
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) {
      await iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: removed }));
    }
    if (Object.keys(set).length > 0) {
      await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tagList(set) }));
    }
  },
  delete: async ({ iam }, OpenIDConnectProviderArn) => {
    await absent(
      iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
      'NoSuchEntityException',
    );
  },
};

const clientIds = (properties: Properties) => (properties.clientIdLists ?? []) as readonly string[];

const withoutScheme = (url: unknown) => (typeof url === 'string' ? url.replace(/^https:\/\//, '') : url);
