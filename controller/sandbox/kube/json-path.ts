import { isRecord, listOf } from './json-value.ts';

type Step = (values: readonly unknown[]) => readonly unknown[];

const TOKEN =
  /\.((?:[^.[\]\\\s]|\\.)+)|\[(\d+|\*)\]|\['((?:[^'\\]|\\.)*)'\]|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]/y;

/**
 * A reader for the subset of JSONPath that printer columns use: fields (with `\.` inside names), `['name']`, `[0]`, `[*]` and
 * `[?(@.type=="Ready")]`. It returns every value found. Throws for anything else.
 */
export function compileJsonPath(path: string): (object: unknown) => readonly unknown[] {
  const steps: Step[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < path.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(path);
    if (match === null) throw new Error(`cannot read the JSONPath ${path} at ${path.slice(start)}`);
    steps.push(stepOf(match));
  }
  return (object) => steps.reduce<readonly unknown[]>((values, step) => step(values), [object]);
}

function stepOf([, name, index, quoted, filterField, filterValue]: RegExpExecArray): Step {
  if (index === '*')
    return (values) => values.flatMap((value) => (isRecord(value) ? Object.values(value) : [...listOf(value)]));
  if (index !== undefined) return (values) => values.flatMap((value) => present(listOf(value)[Number(index)]));
  if (filterField !== undefined) {
    const read = (value: unknown) =>
      filterField.split('.').reduce<unknown>((here, step) => (isRecord(here) ? here[step] : undefined), value);
    return (values) => values.flatMap((value) => listOf(value).filter((item) => String(read(item)) === filterValue));
  }
  const field = (name ?? quoted ?? '').replace(/\\(.)/g, '$1');
  return (values) =>
    values.flatMap((value) => (isRecord(value) && Object.hasOwn(value, field) ? present(value[field]) : []));
}

function present(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : [value];
}
