import { parse } from 'yaml';
import type { CloudModel } from '../cloud-model.ts';
import { entriesAdmitNodes } from './access-entries.ts';

const NODE_USER = 'system:node:{{EC2PrivateDNSName}}';
const NODE_GROUPS = ['system:bootstrappers', 'system:nodes'];

/** Whether a Linux machine that runs as this role may join: by an access entry, or by aws-auth, where the cluster's mode asks them. */
export function admitsNodes(model: CloudModel, roleName: string): boolean {
  const { iam, cluster, accountId } = model.state;
  const role = Object.hasOwn(iam.roles, roleName) ? iam.roles[roleName] : undefined;
  if (role === undefined) return false;
  if (entriesAdmitNodes(model, role.arn)) return true;
  // STS leaves the path out when it says who has assumed a role, so a mapping must name the role without it.
  const arnWithoutPath = `arn:aws:iam::${accountId}:role/${role.name}`;
  return cluster.authenticationMode !== 'API' && mapRolesAdmitNodes(model.awsAuthMapRoles() ?? '', arnWithoutPath);
}

/** Whether `mapRoles` of aws-auth maps the role to nodes. What cannot be read lets nobody in, as on the real one. */
export function mapRolesAdmitNodes(mapRoles: string, roleArn: string): boolean {
  return readMappings(mapRoles).some(
    ({ rolearn, username, groups }) =>
      rolearn === roleArn &&
      username === NODE_USER &&
      Array.isArray(groups) &&
      NODE_GROUPS.every((group) => groups.includes(group)),
  );
}

function readMappings(mapRoles: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const mappings: unknown = parse(mapRoles);
    return Array.isArray(mappings) ? mappings.filter((item) => typeof item === 'object' && item !== null) : [];
  } catch {
    // No YAML: the authenticator keeps nobody from such a text either.
    return [];
  }
}
