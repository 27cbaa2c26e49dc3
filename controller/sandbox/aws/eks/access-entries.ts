import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';

/** What an entry is for. Those of nodes bring user name and groups with them. */
const NODE_TYPES: readonly string[] = ['EC2_LINUX', 'EC2_WINDOWS'];
const NODE_USER = 'system:node:{{EC2PrivateDNSName}}';
const NODE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  EC2_LINUX: ['system:nodes'],
  EC2_WINDOWS: ['system:nodes', 'eks:kube-proxy-windows'],
};

/** Lets one IAM principal into the cluster. */
export interface AccessEntry {
  readonly principalArn: string;
  readonly type: string;
  readonly arn: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  username: string;
  groups: string[];
  tags: Record<string, string>;
}

export interface AccessEntrySpec {
  readonly principalArn: string;
  /** STANDARD unless said. */
  readonly type?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A new entry. Throws in CONFIG_MAP mode, when the principal has one already, or when it is no role of this account. */
export function createAccessEntry(model: CloudModel, spec: AccessEntrySpec): AccessEntry {
  const { principalArn, type = 'STANDARD', username, groups = [], tags } = spec;
  const { accessEntries } = model.state;
  requireApiMode(model);
  checkEntry(model, spec, type);
  if (Object.hasOwn(accessEntries, principalArn)) {
    throw new AwsError(
      'ResourceInUseException',
      'The specified access entry resource is already in use on this cluster.',
      409,
    );
  }
  const { cluster, region, accountId } = model.state;
  const roleName = principalArn.slice(principalArn.lastIndexOf('/') + 1);
  const session = `arn:aws:sts::${accountId}:assumed-role/${roleName}/{{SessionName}}`;
  const nowMs = model.timers.nowMs();
  const entry: AccessEntry = {
    principalArn,
    type,
    arn: `arn:aws:eks:${region}:${accountId}:access-entry/${cluster.name}/role/${accountId}/${roleName}`,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    username: NODE_TYPES.includes(type) ? NODE_USER : (username ?? session),
    groups: [...(NODE_GROUPS[type] ?? groups)],
    tags: { ...tags },
  };
  accessEntries[principalArn] = entry;
  return entry;
}

/** The entry of a principal, or a thrown ResourceNotFoundException. */
export function requireAccessEntry(model: CloudModel, principalArn: string): AccessEntry {
  requireApiMode(model);
  const { accessEntries } = model.state;
  const entry = Object.hasOwn(accessEntries, principalArn) ? accessEntries[principalArn] : undefined;
  if (entry !== undefined) return entry;
  throw new AwsError(
    'ResourceNotFoundException',
    "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
    404,
  );
}

/** Principals with an entry, in order. */
export function listAccessEntries(model: CloudModel): readonly string[] {
  requireApiMode(model);
  return Object.keys(model.state.accessEntries).sort();
}

/** Sets user name and groups where they are given; entries of nodes keep theirs. */
export function updateAccessEntry(
  model: CloudModel,
  principalArn: string,
  change: Pick<AccessEntrySpec, 'username' | 'groups'>,
): AccessEntry {
  const entry = requireAccessEntry(model, principalArn);
  checkNodeFields(entry.type, change);
  if (change.username !== undefined) entry.username = change.username;
  if (change.groups !== undefined) entry.groups = [...change.groups];
  entry.modifiedAtMs = model.timers.nowMs();
  return entry;
}

/** Removes the entry; nodes of the role that have joined are cut off on the real one, and stay here. */
export function deleteAccessEntry(model: CloudModel, principalArn: string): void {
  requireAccessEntry(model, principalArn);
  delete model.state.accessEntries[principalArn];
}

/** Whether the entries let Linux nodes of this role in. In CONFIG_MAP mode there are none. */
export function entriesAdmitNodes({ state }: CloudModel, roleArn: string): boolean {
  const { accessEntries } = state;
  return Object.hasOwn(accessEntries, roleArn) && accessEntries[roleArn]?.type === 'EC2_LINUX';
}

function requireApiMode({ state }: CloudModel): void {
  if (state.cluster.authenticationMode !== 'CONFIG_MAP') return;
  throw new AwsError(
    'InvalidRequestException',
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
  );
}

function checkEntry({ state }: CloudModel, spec: AccessEntrySpec, type: string): void {
  if (type !== 'STANDARD' && !NODE_TYPES.includes(type)) {
    throw invalidParameter(`The specified type ${type} is not one of STANDARD, ${NODE_TYPES.join(', ')}`);
  }
  if (!Object.values(state.iam.roles).some(({ arn }) => arn === spec.principalArn)) {
    throw invalidParameter('The specified principalArn is invalid: invalid principal.');
  }
  checkNodeFields(type, spec);
  checkTags(spec.tags, { invalid: 'InvalidParameterException', tooMany: 'InvalidParameterException' });
}

function checkNodeFields(type: string, { username, groups }: Pick<AccessEntrySpec, 'username' | 'groups'>): void {
  if (!NODE_TYPES.includes(type) || (username === undefined && (groups ?? []).length === 0)) return;
  throw invalidParameter(`The username and kubernetesGroups of an access entry of type ${type} cannot be set`);
}

function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
