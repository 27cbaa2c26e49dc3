import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { iamArn, noSuchEntity, uniqueId } from './iam-rules.ts';
import type { Role } from './iam-state.ts';
import { requireRole, SERVICE_ROLE_PATH } from './roles.ts';

/** Role names by the service that they are linked to. */
const ROLE_NAMES: Readonly<Record<string, string>> = {
  'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
  'spotfleet.amazonaws.com': 'AWSServiceRoleForEC2SpotFleet',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
};

const SESSION_SECONDS = 3_600;
/** Launches spot instances in the account's name. */
export const SPOT_SERVICE = 'spot.amazonaws.com';

/** The role by which a service of AWS acts in this account. An account has one of each: a second creation is InvalidInput. */
export function createServiceLinkedRole(model: CloudModel, service: string, description = ''): Role {
  const name = ROLE_NAMES[service];
  if (name === undefined) {
    throw new AwsError('InvalidInput', `Service role for ${service} cannot be found; check the service name.`);
  }
  const { roles } = model.state.iam;
  if (Object.hasOwn(roles, name)) {
    throw new AwsError(
      'InvalidInput',
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  }
  const path = `${SERVICE_ROLE_PATH}${service}/`;
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const role: Role = {
    id: uniqueId(model, 'AROA'),
    name,
    path,
    arn: iamArn(model, `role${path}${name}`),
    createdAtMs: model.timers.nowMs(),
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    description,
    sessionSecondsMax: SESSION_SECONDS,
    attachedPolicyArns: [],
    tags: {},
  };
  roles[name] = role;
  return role;
}

/**
 * Begins the removal of a service-linked role and returns the task's id. The removal fails, as its status then says, while the
 * service has something left to do in the account: for EC2 Spot, while spot instances live.
 */
export function deleteServiceLinkedRole(model: CloudModel, roleName: string): string {
  const { iam, instances } = model.state;
  const { path } = requireRole(model, roleName);
  if (!path.startsWith(SERVICE_ROLE_PATH)) throw noSuchEntity(`${roleName} is not a service-linked role.`);
  const isLive = path === `${SERVICE_ROLE_PATH}${SPOT_SERVICE}/` && Object.values(instances).some(isLiveSpot);
  const taskId = `task${path}${roleName}/${uniqueId(model, '')}`;
  if (isLive) {
    iam.deletionTasks[taskId] = { failure: 'There are still active resources in use by the service.' };
  } else {
    iam.deletionTasks[taskId] = {};
    delete iam.roles[roleName];
  }
  return taskId;
}

/** How the removal went: the reason where it failed, or undefined. */
export function deletionFailure({ state }: CloudModel, taskId: string): string | undefined {
  const { deletionTasks } = state.iam;
  const task = Object.hasOwn(deletionTasks, taskId) ? deletionTasks[taskId] : undefined;
  if (task === undefined) throw noSuchEntity(`Deletion task ${taskId} cannot be found.`);
  return task.failure;
}

/** Throws as a spot launch does in an account where EC2 Spot has no role yet and the caller may not create it. */
export function requireSpotRole({ state }: CloudModel): void {
  if (Object.hasOwn(state.iam.roles, ROLE_NAMES[SPOT_SERVICE] ?? '')) return;
  throw new AwsError(
    'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    'The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
    403,
  );
}

function isLiveSpot({ capacityType, state }: { readonly capacityType: string; readonly state: string }): boolean {
  return capacityType === 'spot' && state !== 'terminated' && state !== 'shutting-down';
}
