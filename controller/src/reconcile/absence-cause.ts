import type { NodeAccess } from '../ports/cloud.ts';
import type { ReasonCode } from './report.ts';

/** Why a node cannot join, as far as AWS and the cluster tell. */
export interface AbsenceCause {
  readonly code: Extract<ReasonCode, 'InstanceProfileNotFound' | 'NodeAccessMissing'>;
  readonly message: string;
}

/** What both were asked. `mapRoles` is the text in aws-auth; empty when there is none. */
export interface AccessFindings {
  readonly access: NodeAccess;
  readonly mapRoles: string;
}

/** What keeps the nodes of a template out; undefined when they may come in. Speaks only of the places at which the cluster looks. */
export function absenceCause({ access, mapRoles }: AccessFindings): AbsenceCause | undefined {
  switch (access.kind) {
    case 'no-profile':
      return withoutCredentials(`instance profile "${access.instanceProfile}" does not exist`);
    case 'no-role':
      return withoutCredentials(`instance profile "${access.instanceProfile}" holds no role`);
    case 'role':
      return missingAccess(access, mapRoles);
  }
}

function withoutCredentials(what: string): AbsenceCause {
  return { code: 'InstanceProfileNotFound', message: `${what}: its instances have nothing to show to the cluster` };
}

type Role = Extract<NodeAccess, { readonly kind: 'role' }>;

const LACKING: Readonly<Record<Role['authenticationMode'], string>> = {
  API: 'no access entry',
  CONFIG_MAP: 'no mapping in aws-auth',
  API_AND_CONFIG_MAP: 'neither an access entry nor a mapping in aws-auth',
};

function missingAccess(
  { roleArn, authenticationMode, accessEntryType }: Role,
  mapRoles: string,
): AbsenceCause | undefined {
  // An entry stands before any mapping. All types but this one are for machines.
  if (accessEntryType === 'STANDARD') {
    const message = `the access entry of ${roleArn} is of type STANDARD, which lets in users and no nodes`;
    return { code: 'NodeAccessMissing', message };
  }
  const isLetIn = accessEntryType !== undefined || (authenticationMode !== 'API' && namesRole(mapRoles, roleArn));
  if (isLetIn) return undefined;
  return { code: 'NodeAccessMissing', message: `the node role ${roleArn} has ${LACKING[authenticationMode]}` };
}

/**
 * True when a text names a role, whole: a longer name that begins alike is another role. aws-auth knows roles without their paths
 * and in any case; what stands in a comment maps nobody.
 */
function namesRole(mapRoles: string, roleArn: string): boolean {
  const wanted = roleArn.replace(/:role\/.*\//, ':role/').toLowerCase();
  return mapRoles
    .toLowerCase()
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/[^a-z0-9:/+=,.@_-]/))
    .some((word) => word === wanted || word === `${wanted},`);
}
