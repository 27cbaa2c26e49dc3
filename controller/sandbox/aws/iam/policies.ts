import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import {
  alreadyExists,
  checkIamTags,
  checkName,
  checkPath,
  deleteConflict,
  iamArn,
  noSuchEntity,
  quotaExceeded,
  uniqueId,
} from './iam-rules.ts';
import type { Policy, PolicyVersion } from './iam-state.ts';
import { checkPermissionPolicy } from './policy-syntax.ts';

const NAME_CHARACTERS_MAX = 128;
/** White space is not counted. */
const DOCUMENT_CHARACTERS_MAX = 6_144;
const VERSIONS_MAX = 5;

export interface PolicySpec {
  readonly name: string;
  readonly path?: string;
  readonly description?: string;
  readonly document: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A new customer managed policy with version `v1`. */
export function createPolicy(model: CloudModel, spec: PolicySpec): Policy {
  const { name, path = '/', description = '', document, tags } = spec;
  const { policies } = model.state.iam;
  checkName('policyName', name, NAME_CHARACTERS_MAX);
  checkPath(path);
  checkIamTags(tags);
  checkDocument(document);
  const arn = iamArn(model, `policy${path}${name}`);
  if (Object.hasOwn(policies, arn)) {
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
  const createdAtMs = model.timers.nowMs();
  const policy: Policy = {
    id: uniqueId(model, 'ANPA'),
    name,
    path,
    arn,
    description,
    createdAtMs,
    updatedAtMs: createdAtMs,
    versions: [{ id: 'v1', document, createdAtMs }],
    defaultVersionId: 'v1',
    versionCount: 1,
    tags: { ...tags },
  };
  policies[arn] = policy;
  return policy;
}

/** The customer managed policy, or a thrown NoSuchEntity. */
export function requirePolicy({ state }: CloudModel, arn: string): Policy {
  const { policies } = state.iam;
  const policy = Object.hasOwn(policies, arn) ? policies[arn] : undefined;
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** Customer managed policies by name. */
export function listPolicies({ state }: CloudModel): readonly Policy[] {
  return Object.values(state.iam.policies).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The version of the policy, or a thrown NoSuchEntity. */
export function requirePolicyVersion(policy: Policy, versionId: string): PolicyVersion {
  const version = policy.versions.find(({ id }) => id === versionId);
  if (version === undefined) throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist.`);
  return version;
}

/** Adds a version, and makes it the one that counts when `isDefault`. A policy has at most five. */
export function createPolicyVersion(
  model: CloudModel,
  arn: string,
  document: string,
  isDefault: boolean,
): PolicyVersion {
  const policy = requirePolicy(model, arn);
  checkDocument(document);
  if (policy.versions.length >= VERSIONS_MAX) {
    throw new AwsError(
      'LimitExceeded',
      `A managed policy can have up to ${VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
      409,
    );
  }
  policy.versionCount += 1;
  const version = { id: `v${policy.versionCount}`, document, createdAtMs: model.timers.nowMs() };
  policy.versions.push(version);
  policy.updatedAtMs = version.createdAtMs;
  if (isDefault) policy.defaultVersionId = version.id;
  return version;
}

/** Makes another version the one that counts. */
export function setDefaultPolicyVersion(model: CloudModel, arn: string, versionId: string): void {
  const policy = requirePolicy(model, arn);
  policy.defaultVersionId = requirePolicyVersion(policy, versionId).id;
  policy.updatedAtMs = model.timers.nowMs();
}

/** Removes a version that is not the default. */
export function deletePolicyVersion(model: CloudModel, arn: string, versionId: string): void {
  const policy = requirePolicy(model, arn);
  requirePolicyVersion(policy, versionId);
  if (policy.defaultVersionId === versionId) {
    throw deleteConflict('Cannot delete the default version of a policy.');
  }
  policy.versions = policy.versions.filter(({ id }) => id !== versionId);
}

/** How many roles the policy is attached to. */
export function attachmentCount({ state }: CloudModel, arn: string): number {
  return Object.values(state.iam.roles).filter(({ attachedPolicyArns }) => attachedPolicyArns.includes(arn)).length;
}

/** Removes a policy that is attached nowhere and has no version but the default. */
export function deletePolicy(model: CloudModel, arn: string): void {
  const policy = requirePolicy(model, arn);
  if (attachmentCount(model, arn) > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
  if (policy.versions.length > 1) {
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  }
  delete model.state.iam.policies[arn];
}

function checkDocument(document: string): void {
  checkPermissionPolicy(document);
  if (document.replace(/\s/g, '').length > DOCUMENT_CHARACTERS_MAX) {
    throw quotaExceeded('PolicySize', DOCUMENT_CHARACTERS_MAX);
  }
}
