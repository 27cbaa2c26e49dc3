import type { CloudModel } from '../cloud-model.ts';
import type { InstanceProfile, Policy, PolicyVersion, Role } from '../iam/iam-state.ts';
import { attachmentCount } from '../iam/policies.ts';
import { isoTime } from './iso-time.ts';
import type { QueryParams } from './query-params.ts';
import type { XmlRecord, XmlValue } from './xml.ts';

/** The tags of a request. */
export function readTags(params: QueryParams): Record<string, string> {
  const tags = params.items('Tags.member');
  return Object.fromEntries(tags.map((tag) => [tag.text('Key') ?? '', tag.text('Value') ?? '']));
}

/** Tags in IAM's form, by key. */
export function tagMembers(tags: Readonly<Record<string, string>>): readonly XmlRecord[] {
  return Object.keys(tags)
    .sort()
    .map((key) => ({ Key: key, Value: tags[key] }));
}

/** A list as IAM ends it: all of it is on one page. */
export function wholeList(name: string, members: readonly XmlValue[]): XmlRecord {
  return { [name]: members, IsTruncated: false };
}

/** The role as IAM words it; its trust is URL-encoded there. */
export function roleShape(role: Role): XmlRecord {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: isoTime(role.createdAtMs),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description === '' ? undefined : role.description,
    MaxSessionDuration: role.sessionSecondsMax,
    Tags: tagMembers(role.tags),
  };
}

/** The policy as IAM words it, without what it says: that is in its versions. */
export function policyShape(model: CloudModel, policy: Policy): XmlRecord {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachmentCount(model, policy.arn),
    IsAttachable: true,
    Description: policy.description === '' ? undefined : policy.description,
    CreateDate: isoTime(policy.createdAtMs),
    UpdateDate: isoTime(policy.updatedAtMs),
    Tags: tagMembers(policy.tags),
  };
}

/** A version; its document only where the call gives it. */
export function policyVersionShape(policy: Policy, version: PolicyVersion, withDocument: boolean): XmlRecord {
  return {
    Document: withDocument ? encodeURIComponent(version.document) : undefined,
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: isoTime(version.createdAtMs),
  };
}

/** The instance profile as IAM words it, with its role in full. */
export function instanceProfileShape({ state }: CloudModel, profile: InstanceProfile): XmlRecord {
  const role = profile.roleName === undefined ? undefined : state.iam.roles[profile.roleName];
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: isoTime(profile.createdAtMs),
    Roles: role === undefined ? [] : [roleShape(role)],
    Tags: tagMembers(profile.tags),
  };
}
