import type { KubeObject, ObjectMeta } from '../../src/api/meta.ts';
import { listOf, recordOf, valueAt } from './json-value.ts';
import type { ServedKind } from './served-kind.ts';
import { conflict, type FieldProblem, forbiddenValue } from './status-errors.ts';
import { timestamp } from './timestamp.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';
/** What a pod gets that does not say how long it needs. */
const POD_GRACE_SECONDS = 30;

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly dryRun?: boolean;
}

/** Throws a 409 when the caller means another object, or an older state of this one. */
export function checkPreconditions(kind: ServedKind, current: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = current.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      kind,
      name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
  }
}

/**
 * The metadata after a delete call: marked, with the finalizers that the propagation policy adds.
 * A second call may only shorten a pod's grace.
 */
export function deletedMetadata(current: KubeObject, options: DeleteOptions, nowMs: number): ObjectMeta {
  const before = current.metadata;
  const graceSeconds = Math.min(
    graceSecondsOf(current, options),
    before.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY,
  );
  const added = { Foreground: FOREGROUND_FINALIZER, Orphan: ORPHAN_FINALIZER, Background: undefined }[
    options.propagationPolicy ?? 'Background'
  ];
  const finalizers = [
    ...(before.finalizers ?? []),
    ...(added === undefined || before.finalizers?.includes(added) ? [] : [added]),
  ];
  const shortened = before.deletionGracePeriodSeconds !== undefined && graceSeconds < before.deletionGracePeriodSeconds;
  return {
    ...before,
    // Deletion is a change of what is wanted, so controllers must see a new generation.
    ...(before.generation === undefined || before.deletionTimestamp !== undefined
      ? {}
      : { generation: before.generation + 1 }),
    deletionTimestamp:
      before.deletionTimestamp === undefined || shortened
        ? timestamp(nowMs + graceSeconds * 1000)
        : before.deletionTimestamp,
    deletionGracePeriodSeconds: graceSeconds,
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
}

/** True when nothing holds a deleted object back: no finalizer, no grace, no content of a namespace. */
export function mayVanish(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (object.kind === 'Namespace') return listOf(valueAt(object.spec, 'finalizers')).length === 0;
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

/** A deleted object may lose finalizers, and gain none. */
export function finalizerProblems(next: KubeObject, old: KubeObject): FieldProblem[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const added = (next.metadata.finalizers ?? []).filter((name) => !old.metadata.finalizers?.includes(name));
  if (added.length === 0) return [];
  const found = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
  return [
    forbiddenValue(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`,
    ),
  ];
}

/** Only a running pod on a node needs time to end: its kubelet must stop the containers. */
function graceSecondsOf(object: KubeObject, options: DeleteOptions): number {
  if (object.kind !== 'Pod') return 0;
  const spec = recordOf(object.spec);
  const phase = valueAt(object.status, 'phase');
  if (spec.nodeName === undefined || spec.nodeName === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own =
    typeof spec.terminationGracePeriodSeconds === 'number' ? spec.terminationGracePeriodSeconds : POD_GRACE_SECONDS;
  return Math.max(0, options.gracePeriodSeconds ?? own);
}
