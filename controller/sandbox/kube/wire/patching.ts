import type { KubeObject } from '../../../src/api/meta.ts';
import { jsonPatched } from '../json-patch.ts';
import { isRecord, type JsonRecord, mergePatched } from '../json-value.ts';
import type { ServedKind } from '../served-kind.ts';
import { modelOfKind } from '../served-kinds.ts';
import { badRequest, unsupportedMediaType } from '../status-errors.ts';
import { strategicMergePatched } from '../strategic-merge-patch.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
/** Server-side apply. */
export const APPLY_PATCH = 'application/apply-patch+yaml';

/**
 * What a patch of this content type makes of an object. Custom kinds have no strategic merge patch: 415, and kubectl sends a merge patch.
 * Server-side apply is the merge alone: fields that an earlier apply set and this one leaves out stay.
 */
export function patcher(kind: ServedKind, contentType: string, patch: unknown): (current: KubeObject) => KubeObject {
  const model = modelOfKind(kind.kind);
  if (contentType === JSON_PATCH) return (current) => jsonPatched(current, patch) as KubeObject;
  if (!isRecord(patch)) throw badRequest('a patch is an object');
  if (contentType === MERGE_PATCH) return (current) => mergePatched(current, patch) as KubeObject;
  if (contentType === STRATEGIC_PATCH && model !== undefined) return (current) => strategic(model, current, patch);
  if (contentType === APPLY_PATCH) {
    const { managedFields: _fields, ...metadata } = isRecord(patch.metadata) ? patch.metadata : {};
    const applied = { ...patch, metadata };
    return (current) =>
      model === undefined ? (mergePatched(current, applied) as KubeObject) : strategic(model, current, applied);
  }
  throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, ...(model === undefined ? [] : [STRATEGIC_PATCH]), APPLY_PATCH]);
}

function strategic(model: string, current: KubeObject, patch: JsonRecord): KubeObject {
  return strategicMergePatched(model, current, patch) as unknown as KubeObject;
}
