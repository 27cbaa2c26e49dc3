import type { KubeObject } from '../../src/api/meta.ts';
import type { FieldProblem } from './status-errors.ts';

/** One resource that the stand-in serves: its names, what it can do, and how its objects are checked and shown. */
export interface ServedKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Status is written through `/status` alone. */
  readonly hasStatus: boolean;
  /** The spec's replicas and the status' replicas are reachable through `/scale`. */
  readonly hasScale: boolean;
  /** `metadata.generation` counts changes of the spec. */
  readonly countsGenerations: boolean;
  /** Field selectors beside `metadata.name` and `metadata.namespace`, as dotted paths. */
  readonly selectableFields: readonly string[];
  readonly columns: readonly Column[];
  readonly rules: KindRules;
}

/** One column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, more only with `-o wide`. */
  readonly priority: number;
  cell(object: KubeObject, nowMs: number): unknown;
}

/** What admission does with objects of one kind. */
export interface KindRules {
  /**
   * A changeable copy without the fields that the schema does not know, and the paths of those fields.
   * 400 when a value cannot be read as its type (built-in kinds; custom ones leave that to `problems`).
   */
  decode(object: KubeObject): { readonly object: KubeObject; readonly unknownFields: readonly string[] };
  /** Fills in what the caller left out; `old` is undefined on creation. Changes `object`. */
  fillDefaults(object: KubeObject, old: KubeObject | undefined): void;
  /** Everything wrong with the object, or with the step from `old` to it. */
  problems(object: KubeObject, old: KubeObject | undefined): readonly FieldProblem[];
}

/** `v1`, `apps/v1`: as in `apiVersion`. */
export function apiVersionOf(kind: Pick<ServedKind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
