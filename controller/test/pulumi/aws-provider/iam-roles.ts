import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { isSameDocument } from '../plugin/difference.ts';
import { optionalText, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges, tagList, tagRecord } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

/** IAM's own default, an hour. */
const SESSION_SECONDS_DEFAULT = 3600;

/** aws:iam/role:Role. Its id is its name. */
export const ROLE: ResourceType<AwsWorld> = {
  inputs: ['name', 'path', 'assumeRolePolicy', 'description', 'maxSessionDuration', 'forceDetachPolicies', 'tags'],
  required: ['name', 'assumeRolePolicy'],
  defaults: { path: '/', maxSessionDuration: SESSION_SECONDS_DEFAULT, forceDetachPolicies: false },
  replaceOn: ['name', 'path'],
  computed: ['arn', 'uniqueId', 'createDate', 'tagsAll'],
  isSame: { assumeRolePolicy: isSameDocument },
  create: async ({ iam }, inputs) => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: text(inputs, 'name'),
        Path: text(inputs, 'path'),
        AssumeRolePolicyDocument: text(inputs, 'assumeRolePolicy'),
        Description: optionalText(inputs, 'description'),
        MaxSessionDuration: Number(inputs.maxSessionDuration),
        Tags: tagList(tags(inputs)),
      }),
    );
    return text(inputs, 'name');
  },
  read: async ({ iam }, name, known) => {
    const role = (await absent(iam.send(new GetRoleCommand({ RoleName: name })), 'NoSuchEntityException'))?.Role;
    if (role === undefined) return undefined;
    const ownTags = tagRecord(role.Tags);
    return {
      name: role.RoleName,
      path: role.Path,
      assumeRolePolicy: decodeURIComponent(role.AssumeRolePolicyDocument ?? ''),
      description: role.Description,
      maxSessionDuration: role.MaxSessionDuration,
      forceDetachPolicies: known.forceDetachPolicies,
      tags: ownTags,
      tagsAll: ownTags,
      arn: role.Arn,
      uniqueId: role.RoleId,
      createDate: role.CreateDate?.toISOString(),
    };
  },
  update: async ({ iam }, name, olds, news) => {
    const PolicyDocument = text(news, 'assumeRolePolicy');
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument }));
    await iam.send(
      new UpdateRoleCommand({
        RoleName: name,
        Description: optionalText(news, 'description') ?? '',
        MaxSessionDuration: Number(news.maxSessionDuration),
      }),
    );
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) await iam.send(new UntagRoleCommand({ RoleName: name, TagKeys: removed }));
    if (Object.keys(set).length > 0) await iam.send(new TagRoleCommand({ RoleName: name, Tags: tagList(set) }));
  },
  delete: async ({ iam }, name) => {
    await absent(iam.send(new DeleteRoleCommand({ RoleName: name })), 'NoSuchEntityException');
  },
};

/** aws:iam/rolePolicyAttachment:RolePolicyAttachment. Its id is `<role>/<policy's ARN>`. */
export const ROLE_POLICY_ATTACHMENT: ResourceType<AwsWorld> = {
  inputs: ['role', 'policyArn'],
  required: ['role', 'policyArn'],
  create: async ({ iam }, inputs) => {
    const [RoleName, PolicyArn] = [text(inputs, 'role'), text(inputs, 'policyArn')];
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return `${RoleName}/${PolicyArn}`;
  },
  read: async ({ iam }, id) => {
    const [role = '', policyArn] = splitAt(id, '/');
    const attached = await absent(
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role })),
      'NoSuchEntityException',
    );
    const isThere = attached?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) ?? false;
    return isThere ? { role, policyArn } : undefined;
  },
  delete: async ({ iam }, id) => {
    const [RoleName, PolicyArn] = splitAt(id, '/');
    await absent(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })), 'NoSuchEntityException');
  },
};

/** aws:iam/instanceProfile:InstanceProfile. Its id is its name. */
export const INSTANCE_PROFILE: ResourceType<AwsWorld> = {
  inputs: ['name', 'path', 'role', 'tags'],
  required: ['name'],
  defaults: { path: '/' },
  replaceOn: ['name', 'path'],
  computed: ['arn', 'uniqueId', 'createDate', 'tagsAll'],
  create: async ({ iam }, inputs) => {
    const InstanceProfileName = text(inputs, 'name');
    await iam.send(
      new CreateInstanceProfileCommand({
        InstanceProfileName,
        Path: text(inputs, 'path'),
        Tags: tagList(tags(inputs)),
      }),
    );
    const RoleName = optionalText(inputs, 'role');
    if (RoleName !== undefined) await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    return InstanceProfileName;
  },
  read: async ({ iam }, name) => {
    const answer = await absent(
      iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name })),
      'NoSuchEntityException',
    );
    const profile = answer?.InstanceProfile;
    if (profile === undefined) return undefined;
    const ownTags = tagRecord(profile.Tags);
    return {
      name: profile.InstanceProfileName,
      path: profile.Path,
      role: profile.Roles?.[0]?.RoleName,
      tags: ownTags,
      tagsAll: ownTags,
      arn: profile.Arn,
      uniqueId: profile.InstanceProfileId,
      createDate: profile.CreateDate?.toISOString(),
    };
  },
  update: async ({ iam }, InstanceProfileName, olds, news) => {
    const [old, role] = [optionalText(olds, 'role'), optionalText(news, 'role')];
    if (old !== role) {
      if (old !== undefined) {
        await absent(
          iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: old })),
          'NoSuchEntityException',
        );
      }
      if (role !== undefined) {
        await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: role }));
      }
    }
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) {
      await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: removed }));
    }
    if (Object.keys(set).length > 0) {
      await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: tagList(set) }));
    }
  },
  delete: async ({ iam }, InstanceProfileName, known) => {
    const RoleName = optionalText(known, 'role');
    if (RoleName !== undefined) {
      await absent(
        iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })),
        'NoSuchEntityException',
      );
    }
    await absent(iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })), 'NoSuchEntityException');
  },
};

/** aws:iam/serviceLinkedRole:ServiceLinkedRole. Its id is its ARN. */
export const SERVICE_LINKED_ROLE: ResourceType<AwsWorld> = {
  inputs: ['awsServiceName', 'description', 'tags'],
  required: ['awsServiceName'],
  computed: ['arn', 'name', 'path', 'uniqueId', 'createDate', 'tagsAll'],
  create: async ({ iam }, inputs) => {
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({
        AWSServiceName: text(inputs, 'awsServiceName'),
        Description: optionalText(inputs, 'description'),
      }),
    );
    const Tags = tagList(tags(inputs));
    if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName: Role?.RoleName, Tags }));
    return Role?.Arn ?? '';
  },
  read: async ({ iam }, arn, known) => {
    const name = arn.split('/').at(-1) ?? '';
    const role = (await absent(iam.send(new GetRoleCommand({ RoleName: name })), 'NoSuchEntityException'))?.Role;
    if (role === undefined) return undefined;
    const ownTags = tagRecord(role.Tags);
    return {
      awsServiceName: known.awsServiceName,
      description: role.Description,
      tags: ownTags,
      tagsAll: ownTags,
      arn,
      name: role.RoleName,
      path: role.Path,
      uniqueId: role.RoleId,
      createDate: role.CreateDate?.toISOString(),
    };
  },
  delete: async ({ iam }, arn) => {
    const RoleName = arn.split('/').at(-1) ?? '';
    await absent(iam.send(new DeleteServiceLinkedRoleCommand({ RoleName })), 'NoSuchEntityException');
  },
};

/** Both sides of the first `separator`. */
function splitAt(whole: string, separator: string): [string, string] {
  const at = whole.indexOf(separator);
  return [whole.slice(0, at), whole.slice(at + separator.length)];
}
