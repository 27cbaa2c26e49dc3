import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import type { IamState } from './iam-state.ts';

/**
 * Tells EC2 how profiles and roles stand now: at once, or `iamLagMs` later, as the real one hears of changes some seconds late.
 * To be called after each change of either.
 */
export function announceToEc2({ state, timers, iamLagMs }: CloudModel): void {
  const seen = profileRoles(state.iam);
  const apply = (): void => {
    state.iam.profilesSeenByEc2 = seen;
  };
  if (iamLagMs === 0) apply();
  else timers.after(iamLagMs, apply);
}

/** The role of each instance profile, null where it has none. */
export function profileRoles({ instanceProfiles, roles }: Pick<IamState, 'instanceProfiles' | 'roles'>) {
  const entries = Object.values(instanceProfiles).map(({ name, roleName }) => {
    const exists = roleName !== undefined && Object.hasOwn(roles, roleName);
    return [name, exists ? roleName : null] as const;
  });
  return Object.fromEntries(entries) as Record<string, string | null>;
}

/** Throws as RunInstances does when the profile is unknown to EC2, or holds no role. */
export function requireLaunchableProfile({ state }: CloudModel, name: string): void {
  const { profilesSeenByEc2 } = state.iam;
  if (!Object.hasOwn(profilesSeenByEc2, name)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
    );
  }
  if (profilesSeenByEc2[name] !== null) return;
  throw new AwsError(
    'InvalidParameterValue',
    `IAM Instance Profile "arn:aws:iam::${state.accountId}:instance-profile/${name}" has no associated IAM Roles`,
  );
}
