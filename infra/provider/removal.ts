import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiObject, type ClusterApi, ClusterUnreachable } from './cluster-api.ts';
import { ARGOCD_FINALIZER, type RemovalStep, type Target } from './removal-steps.ts';
import type { Operation } from './resource-kind.ts';

/** How long each step may take, in milliseconds. */
export interface RemovalLimits {
  /** Until Provisioners and their nodes are gone, evictions and all. */
  readonly drainMs: number;
  /** Until anything else is gone. */
  readonly settleMs: number;
  /** Until what was forced is gone. */
  readonly forcedMs: number;
}

const POLL_MS = 1_000;
/** A drain of half an hour outlives the minute in which a control plane is replaced. */
const SILENCE_MS_MAX = 90_000;
/** For objects whose status its controller writes many times a second. */
const TRIES_MAX = 10;
/** More names than these say nothing more to a reader. */
const NAMES_MAX = 10;
/** Argo CD deletes what is annotated Delete=confirm only after an approval that is no older than the Application's deletion. */
const APPROVAL_ANNOTATION = 'argocd.argoproj.io/deletion-approved';

/**
 * Takes the steps one after the other. What is not gone within its limit is forced: deleted, and our finalizers or those of an engine
 * that does not act are taken off, with a warning that names it. Throws, naming it, when even that does not remove it.
 */
export async function remove(
  api: ClusterApi,
  steps: readonly RemovalStep[],
  limits: RemovalLimits,
  operation: Operation,
): Promise<void> {
  for (const step of steps) {
    for (const target of step.remove) await deleteAll(api, target, operation);
    const limitMs = step.limit === 'drain' ? limits.drainMs : limits.settleMs;
    const late = await untilGone(api, step.gone, limitMs, operation);
    if (late.length === 0) continue;
    operation.warn(`not gone after ${Math.round(limitMs / 1000)} s, so it is removed by force: ${namesOf(late)}`);
    for (const { target, object } of late) await force(api, target, object);
    const stuck = await untilGone(api, step.gone, limits.forcedMs, operation);
    if (stuck.length === 0) continue;
    throw new Error(`still there: ${namesOf(stuck)}; see its finalizers and events, then run the same command again`);
  }
}

interface Found {
  readonly target: Target;
  readonly object: ApiObject;
}

async function untilGone(
  api: ClusterApi,
  targets: readonly Target[],
  limitMs: number,
  { signal, progress }: Operation,
): Promise<readonly Found[]> {
  const endMs = performance.now() + limitMs;
  let told = '';
  const tell = (message: string) => {
    if (message !== told) progress(message);
    told = message;
  };
  let answeredAtMs = performance.now();
  for (;;) {
    try {
      const left = (await Promise.all(targets.map((target) => find(api, target)))).flat();
      if (left.length === 0 || performance.now() >= endMs) return left;
      answeredAtMs = performance.now();
      tell(`waiting for ${namesOf(left)}`);
    } catch (error) {
      const silentMs = performance.now() - answeredAtMs;
      if (!(error instanceof ClusterUnreachable) || silentMs > SILENCE_MS_MAX) throw error;
      tell(`${error.message}; trying again`);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function find(api: ClusterApi, target: Target): Promise<readonly Found[]> {
  if (target.name === undefined) {
    const objects = await api.list(target.collection, target.labelSelector);
    return objects.map((object) => ({ target, object }));
  }
  const object = await api.get<ApiObject>(`${target.collection}/${target.name}`);
  return object === undefined ? [] : [{ target, object }];
}

async function deleteAll(api: ClusterApi, target: Target, { progress }: Operation): Promise<void> {
  const found = await find(api, target);
  if (found.length > 0) progress(`removing ${namesOf(found)}`);
  for (const { object } of found) {
    if (target.kind === 'Application') await deleteApplication(api, target, object);
    else await deleteOne(api, target, object);
  }
}

async function deleteOne(api: ClusterApi, target: Target, { metadata }: ApiObject): Promise<void> {
  if (metadata.deletionTimestamp !== undefined) return;
  const body = { preconditions: { uid: metadata.uid } };
  await api.call({ method: 'DELETE', path: pathOf(target, metadata), body, expected: [404, 409] });
}

/** Deletes it with all that it has synced, which Argo CD does for an Application with its finalizer, and approves of that. */
async function deleteApplication(api: ClusterApi, target: Target, object: ApiObject): Promise<void> {
  const path = pathOf(target, object.metadata);
  await changeFinalizers(api, path, (finalizers, isDeleted) => {
    const cascades = finalizers.some((finalizer) => finalizer.startsWith(ARGOCD_FINALIZER));
    return cascades || isDeleted ? finalizers : [...finalizers, ARGOCD_FINALIZER];
  });
  await deleteOne(api, target, object);
  // The server's own time, so that the clocks of this machine and of the cluster need not agree.
  const deletionTimestamp = (await api.get<ApiObject>(path))?.metadata.deletionTimestamp;
  if (deletionTimestamp === undefined) return;
  const annotations = { [APPROVAL_ANNOTATION]: deletionTimestamp };
  await api.call({ method: 'PATCH', path, body: { metadata: { annotations } }, expected: [404] });
}

async function force(api: ClusterApi, target: Target, object: ApiObject): Promise<void> {
  await deleteOne(api, target, object);
  const isTakenOff = (finalizer: string) => target.finalizers.some((beginning) => finalizer.startsWith(beginning));
  await changeFinalizers(api, pathOf(target, object.metadata), (finalizers) =>
    finalizers.filter((finalizer) => !isTakenOff(finalizer)),
  );
}

/** The finalizers are what `change` makes of them. The list is written whole, so what others add meanwhile is read and kept. */
async function changeFinalizers(
  api: ClusterApi,
  path: string,
  change: (finalizers: readonly string[], isDeleted: boolean) => readonly string[],
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const live = (await api.get<ApiObject>(path))?.metadata;
    if (live === undefined) return;
    const finalizers = change(live.finalizers ?? [], live.deletionTimestamp !== undefined);
    if (finalizers.length === (live.finalizers ?? []).length) return;
    const metadata = { resourceVersion: live.resourceVersion, finalizers };
    const { status } = await api.call({ method: 'PATCH', path, body: { metadata }, expected: [404, 409] });
    if (status !== 409) return;
  }
  throw new Error(
    `${path} changed each of ${TRIES_MAX} times that its finalizers were written; run the same command again`,
  );
}

/** The named object's path; in a collection over all namespaces, that of its own namespace. */
function pathOf({ collection }: Target, { name, namespace }: ApiObject['metadata']): string {
  if (namespace === undefined || collection.includes('/namespaces/')) return `${collection}/${name}`;
  const at = collection.lastIndexOf('/');
  return `${collection.slice(0, at)}/namespaces/${namespace}${collection.slice(at)}/${name}`;
}

function namesOf(found: readonly Found[]): string {
  const names = found.map(({ target, object }) => {
    const { name, namespace } = object.metadata;
    return `${target.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  });
  const more = names.length - NAMES_MAX;
  return more > 0 ? `${names.slice(0, NAMES_MAX).join(', ')} and ${more} more` : names.join(', ');
}
