import type { KubeObject } from '../../src/api/meta.ts';
import { humanAge } from './human-age.ts';
import { isRecord, listOf, recordOf, valueAt } from './json-value.ts';
import type { LabelSelector } from './label-selector.ts';
import type { Column } from './served-kind.ts';

const NONE = '<none>';

/** A column of text; `wide` ones appear with `-o wide` only. */
export function text(name: string, cell: Column['cell'], width: 'always' | 'wide' = 'always'): Column {
  return {
    name,
    type: 'string',
    priority: width === 'wide' ? 1 : 0,
    cell: (object, nowMs) => cell(object, nowMs) ?? NONE,
  };
}

/** A column of whole numbers; 0 where there is none. */
export function count(name: string, ...path: string[]): Column {
  return { name, type: 'integer', priority: 0, cell: (object) => valueAt(object, ...path) ?? 0 };
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  priority: 0,
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
};

/** How long ago a timestamp was; `<unknown>` without one. */
export function age(at: unknown, nowMs: number): string {
  return typeof at === 'string' ? humanAge(nowMs - Date.parse(at)) : '<unknown>';
}

/** The names and images of a template's containers, for `-o wide`. */
export const containerColumns: readonly Column[] = [
  text('Containers', (object) => joined(containersOf(object), 'name'), 'wide'),
  text('Images', (object) => joined(containersOf(object), 'image'), 'wide'),
];

/** The selector of a workload, for `-o wide`. */
export const selectorColumn: Column = text(
  'Selector',
  (object) => selectorText(recordOf(valueAt(object.spec, 'selector'))),
  'wide',
);

function containersOf(object: KubeObject): readonly unknown[] {
  return listOf(valueAt(object.spec, 'template', 'spec', 'containers'));
}

function joined(items: readonly unknown[], field: string): string {
  return items.map((item) => String(valueAt(item, field))).join(',');
}

/** A selector as kubectl spells it: `app=inflate,tier in (a,b)`. */
export function selectorText(selector: LabelSelector): string {
  const labels = mapText(selector.matchLabels);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
  });
  return [...(labels === NONE ? [] : [labels]), ...expressions].join(',') || NONE;
}

/** `a=b,c=d`, or `<none>`. */
export function mapText(map: unknown): string {
  if (!isRecord(map) || Object.keys(map).length === 0) return NONE;
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${map[key]}`)
    .join(',');
}

/** The status condition of one type. */
export function conditionOf(object: KubeObject, type: string): Record<string, unknown> | undefined {
  return listOf(valueAt(object.status, 'conditions'))
    .filter(isRecord)
    .find((condition) => condition.type === type);
}
