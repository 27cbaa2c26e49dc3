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
import type { InstanceProfile } from './iam-state.ts';
import { announceToEc2 } from './profiles-seen-by-ec2.ts';
import { requireChangeableRole } from './roles.ts';

const NAME_CHARACTERS_MAX = 128;

/** A new profile without a role: nothing can be launched with it yet. */
export function createInstanceProfile(
  model: CloudModel,
  spec: { readonly name: string; readonly path?: string; readonly tags: Readonly<Record<string, string>> },
): InstanceProfile {
  const { name, path = '/', tags } = spec;
  const { instanceProfiles } = model.state.iam;
  checkName('instanceProfileName', name, NAME_CHARACTERS_MAX);
  checkPath(path);
  checkIamTags(tags);
  if (Object.hasOwn(instanceProfiles, name)) throw alreadyExists(`Instance Profile ${name} already exists.`);
  const profile: InstanceProfile = {
    id: uniqueId(model, 'AIPA'),
    name,
    path,
    arn: iamArn(model, `instance-profile${path}${name}`),
    createdAtMs: model.timers.nowMs(),
    tags: { ...tags },
  };
  instanceProfiles[name] = profile;
  announceToEc2(model);
  return profile;
}

/** The profile, or a thrown NoSuchEntity. */
export function requireInstanceProfile({ state }: CloudModel, name: string): InstanceProfile {
  const { instanceProfiles } = state.iam;
  const profile = Object.hasOwn(instanceProfiles, name) ? instanceProfiles[name] : undefined;
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

/** Profiles by name; with `roleName`, those that hold the role. */
export function listInstanceProfiles({ state }: CloudModel, roleName?: string): readonly InstanceProfile[] {
  return Object.values(state.iam.instanceProfiles)
    .filter((profile) => roleName === undefined || profile.roleName === roleName)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Puts a role into a profile that has none: one is all that a profile holds. */
export function addRoleToInstanceProfile(model: CloudModel, profileName: string, roleName: string): void {
  const profile = requireInstanceProfile(model, profileName);
  requireChangeableRole(model, roleName);
  if (profile.roleName !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
  profile.roleName = roleName;
  announceToEc2(model);
}

/** Takes the role out; what runs with the profile goes on. */
export function removeRoleFromInstanceProfile(model: CloudModel, profileName: string, roleName: string): void {
  const profile = requireInstanceProfile(model, profileName);
  if (profile.roleName !== roleName) {
    throw noSuchEntity(`Role with name ${roleName} cannot be found in instance profile ${profileName}.`);
  }
  delete profile.roleName;
  announceToEc2(model);
}

/** Removes a profile that holds no role: DeleteConflict otherwise. */
export function deleteInstanceProfile(model: CloudModel, name: string): void {
  const profile = requireInstanceProfile(model, name);
  if (profile.roleName !== undefined) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
  }
  delete model.state.iam.instanceProfiles[name];
  announceToEc2(model);
}
