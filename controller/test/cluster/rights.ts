import { type Grant, grantsOf, type Rule } from '../grants.ts';
import type { ApiCall } from './audit-log.ts';
import type { ControlPlane } from './control-plane.ts';
import { readObject } from './live-object.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** All that is bound to the controller's service account; a test of the manifests says that there is no other. */
const ROLES = [
  `${RBAC}/clusterroles/karpenter`,
  `${RBAC}/namespaces/karpenter/roles/karpenter`,
  `${RBAC}/namespaces/kube-system/roles/karpenter-nodes`,
];

/** What the roles in the cluster give to the controller. Throws when one of them is not there. */
export async function grantsOfController(api: Pick<ControlPlane, 'request'>): Promise<readonly Grant[]> {
  const roles = await Promise.all(ROLES.map((path) => readObject(api, path)));
  return roles.flatMap((role, index) => {
    if (role === undefined) throw new Error(`${ROLES[index]} is not there`);
    return (role as unknown as { readonly rules: readonly Rule[] }).rules.flatMap(grantsOf);
  });
}

/** Whether the call needed the grant, or one like it for other objects. */
export function isUseOf({ verb, on, names }: Grant, call: ApiCall): boolean {
  const isNamed = names === undefined || names.includes(call.name ?? '');
  return call.verb === verb && call.on === on && isNamed;
}
