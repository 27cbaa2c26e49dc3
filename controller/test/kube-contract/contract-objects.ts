import type { ApiSubject } from './api-subject.ts';

/** Where the contract's own objects live: no controller but the API server's writes there. */
export const NAMESPACE = 'contract';
const IN_NAMESPACE = `namespaces/${NAMESPACE}`;
export const CONFIG_MAPS = `/api/v1/${IN_NAMESPACE}/configmaps`;
export const PODS = `/api/v1/${IN_NAMESPACE}/pods`;
export const EVENTS = `/api/v1/${IN_NAMESPACE}/events`;
export const LEASES = `/apis/coordination.k8s.io/v1/${IN_NAMESPACE}/leases`;
export const BUDGETS = `/apis/policy/v1/${IN_NAMESPACE}/poddisruptionbudgets`;
export const DEPLOYMENTS = `/apis/apps/v1/${IN_NAMESPACE}/deployments`;
export const NODES = '/api/v1/nodes';
export const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';
export const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';

/** A ConfigMap; labels select it. */
export function configMap(name: string, more: Readonly<Record<string, unknown>> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data: { a: '1' } };
}

/** A pod on a node that the scheduler need not choose. */
export function podOn(nodeName: string, name: string, labels: Readonly<Record<string, string>> = {}): object {
  const spec = { nodeName, terminationGracePeriodSeconds: 30, containers: [{ name: 'main', image: 'pause' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

/** A Provisioner that the rules accept. */
export function provisioner(name: string): object {
  return { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Provisioner', metadata: { name }, spec: { provider: {} } };
}

/** Creates an object; resolves with it as it is stored. Rejects when it is refused. */
export async function created(
  api: ApiSubject,
  collection: string,
  object: object,
): Promise<ReturnType<typeof JSON.parse>> {
  const { code, body } = await api.call('POST', collection, object);
  if (code !== 201) throw new Error(`POST ${collection}: ${code} ${JSON.stringify(body)}`);
  return body;
}

/** The names in a list, in its order. */
export function namesIn(list: {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}): string[] {
  return list.items.map(({ metadata }) => metadata.name);
}
