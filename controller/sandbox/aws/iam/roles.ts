import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { dropAbsent } from '../kubelet-flags.ts';
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
import type { Role } from './iam-state.ts';
import { checkTrustPolicy } from './policy-syntax.ts';
import { announceToEc2 } from './profiles-seen-by-ec2.ts';

const NAME_CHARACTERS_MAX = 64;
const SESSION_SECONDS_DEFAULT = 3_600;
const TRUST_POLICY_CHARACTERS_MAX = 2_048;
/** Roles of AWS services live under it; only their services may change them. */
export const SERVICE_ROLE_PATH = '/aws-service-role/';

export interface RoleSpec {
  readonly name: string;
  /** `/` unless said. */
  readonly path?: string;
  readonly trustPolicy: string;
  readonly description?: string;
  readonly sessionSecondsMax?: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A new role with nothing attached. */
export function createRole(model: CloudModel, spec: RoleSpec): Role {
  const { name, path = '/', trustPolicy, description = '', sessionSecondsMax = SESSION_SECONDS_DEFAULT, tags } = spec;
  const { roles } = model.state.iam;
  checkName('roleName', name, NAME_CHARACTERS_MAX);
  checkPath(path);
  checkIamTags(tags);
  checkTrust(trustPolicy);
  if (Object.hasOwn(roles, name)) throw alreadyExists(`Role with name ${name} already exists.`);
  const role: Role = {
    id: uniqueId(model, 'AROA'),
    name,
    path,
    arn: iamArn(model, `role${path}${name}`),
    createdAtMs: model.timers.nowMs(),
    trustPolicy,
    description,
    sessionSecondsMax,
    attachedPolicyArns: [],
    tags: { ...tags },
  };
  roles[name] = role;
  announceToEc2(model);
  return role;
}

/** The role, or a thrown NoSuchEntity. */
export function requireRole({ state }: CloudModel, name: string): Role {
  const { roles } = state.iam;
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** Roles by name; with `pathPrefix`, those under it. */
export function listRoles({ state }: CloudModel, pathPrefix = '/'): readonly Role[] {
  return Object.values(state.iam.roles)
    .filter(({ path }) => path.startsWith(pathPrefix))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The role is trusted by whom the document says from now on. */
export function updateTrustPolicy(model: CloudModel, name: string, trustPolicy: string): void {
  const role = requireChangeableRole(model, name);
  checkTrust(trustPolicy);
  role.trustPolicy = trustPolicy;
}

/** Sets what is given and leaves the rest. */
export function updateRole(
  model: CloudModel,
  name: string,
  change: { readonly description?: string; readonly sessionSecondsMax?: number },
): void {
  Object.assign(requireChangeableRole(model, name), dropAbsent({ ...change }));
}

/** Removes a role that nothing is attached to and no instance profile holds: DeleteConflict otherwise. */
export function deleteRole(model: CloudModel, name: string): void {
  const role = requireChangeableRole(model, name);
  const { roles, instanceProfiles } = model.state.iam;
  if (Object.values(instanceProfiles).some(({ roleName }) => roleName === name)) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
  }
  if (role.attachedPolicyArns.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  }
  delete roles[name];
  announceToEc2(model);
}

/** The role, unless it is unknown or belongs to an AWS service. */
export function requireChangeableRole(model: CloudModel, name: string): Role {
  const role = requireRole(model, name);
  if (!role.path.startsWith(SERVICE_ROLE_PATH)) return role;
  throw new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );
}

function checkTrust(document: string): void {
  checkTrustPolicy(document);
  if (document.replace(/\s/g, '').length > TRUST_POLICY_CHARACTERS_MAX) {
    throw quotaExceeded('ACLSizePerRole', TRUST_POLICY_CHARACTERS_MAX);
  }
}
