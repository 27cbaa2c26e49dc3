import type { KubeObject } from '../../src/api/meta.ts';
import type { ControlPlane } from './control-plane.ts';

type Api = Pick<ControlPlane, 'request'>;

/** The object at an API path; undefined when neither it nor its kind is there. Throws on every other answer. */
export async function readObject(api: Api, path: string): Promise<KubeObject | undefined> {
  const { status, body } = await api.request('GET', path);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(body.message)}`);
  return body as unknown as KubeObject;
}

/** Creates an object in the collection at an API path. Throws when it is refused. */
export async function createObject(api: Api, collection: string, object: unknown): Promise<void> {
  const { status, body } = await api.request('POST', collection, object);
  if (status !== 201) throw new Error(`POST ${collection}: ${status} ${String(body.message)}`);
}

/** Changes an object by a merge patch. Throws when it is refused. */
export async function patchObject(api: Api, path: string, patch: unknown): Promise<void> {
  const { status, body } = await api.request('PATCH', path, patch);
  if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${String(body.message)}`);
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The condition of a type in an object's status. */
export function conditionOf(object: KubeObject | undefined, type: string): Condition | undefined {
  const status = object?.status as { readonly conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
}
