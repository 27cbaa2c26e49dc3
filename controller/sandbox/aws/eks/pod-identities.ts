import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';

/** Gives the pods of one service account a role. */
export interface PodIdentity {
  readonly id: string;
  readonly arn: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  roleArn: string;
  tags: Record<string, string>;
}

export interface PodIdentitySpec {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly roleArn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A new association. A service account has at most one: ResourceInUseException. */
export function createPodIdentity(model: CloudModel, spec: PodIdentitySpec): PodIdentity {
  const { podIdentities, cluster, region, accountId } = model.state;
  for (const key of ['namespace', 'serviceAccount'] as const) {
    if (spec[key] === '') throw new AwsError('InvalidParameterException', `${key} must not be empty`);
  }
  requireRoleArn(spec.roleArn);
  checkTags(spec.tags, { invalid: 'InvalidParameterException', tooMany: 'InvalidParameterException' });
  const isTaken = Object.values(podIdentities).some(
    ({ namespace, serviceAccount }) => namespace === spec.namespace && serviceAccount === spec.serviceAccount,
  );
  if (isTaken) {
    throw new AwsError(
      'ResourceInUseException',
      `Association already exists: ${spec.namespace}/${spec.serviceAccount}`,
      409,
    );
  }
  const id = model.nextId('a-');
  const nowMs = model.timers.nowMs();
  const identity: PodIdentity = {
    ...spec,
    id,
    arn: `arn:aws:eks:${region}:${accountId}:podidentityassociation/${cluster.name}/${id}`,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    tags: { ...spec.tags },
  };
  podIdentities[id] = identity;
  return identity;
}

/** The association, or a thrown ResourceNotFoundException. */
export function requirePodIdentity({ state }: CloudModel, id: string): PodIdentity {
  const { podIdentities } = state;
  const identity = Object.hasOwn(podIdentities, id) ? podIdentities[id] : undefined;
  if (identity !== undefined) return identity;
  throw new AwsError('ResourceNotFoundException', `Association not found: ${id}`, 404);
}

/** Associations of a namespace and a service account, where they are named. */
export function listPodIdentities(
  { state }: CloudModel,
  { namespace, serviceAccount }: { readonly namespace?: string; readonly serviceAccount?: string },
): readonly PodIdentity[] {
  return Object.values(state.podIdentities)
    .filter(
      (identity) =>
        (namespace === undefined || identity.namespace === namespace) &&
        (serviceAccount === undefined || identity.serviceAccount === serviceAccount),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The service account gets this role from now on. */
export function updatePodIdentity(model: CloudModel, id: string, roleArn: string): PodIdentity {
  const identity = requirePodIdentity(model, id);
  requireRoleArn(roleArn);
  identity.roleArn = roleArn;
  identity.modifiedAtMs = model.timers.nowMs();
  return identity;
}

/** Removes the association; pods that run keep their credentials until these expire. */
export function deletePodIdentity(model: CloudModel, id: string): PodIdentity {
  const identity = requirePodIdentity(model, id);
  delete model.state.podIdentities[id];
  return identity;
}

function requireRoleArn(roleArn: string): void {
  if (/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(roleArn)) return;
  throw new AwsError('InvalidParameterException', `roleArn ${JSON.stringify(roleArn)} is not the ARN of a role`);
}
