import { isRecord, type JsonRecord, jsonEqual, mutableCopy } from './json-value.ts';
import { StatusError } from './object-store.ts';
import { badRequest } from './status-errors.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** `document` changed by a JSON patch (RFC 6902). 422 when an operation cannot be applied, 400 when the patch cannot be read. */
export function jsonPatched(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  // The holder gives the root a parent, so that replacing the whole document is no special case.
  const holder: JsonRecord = { root: mutableCopy(document) };
  for (const operation of patch as Operation[]) apply(holder, operation);
  return holder.root;
}

function apply(holder: JsonRecord, operation: Operation): void {
  switch (operation.op) {
    case 'add':
      return add(holder, operation.path, operation.value);
    case 'remove':
      remove(holder, operation.path);
      return;
    case 'replace':
      remove(holder, operation.path);
      return add(holder, operation.path, operation.value);
    case 'move':
      return add(holder, operation.path, remove(holder, operation.from ?? ''));
    case 'copy':
      return add(holder, operation.path, mutableCopy(read(holder, operation.from ?? '')));
    case 'test':
      if (!jsonEqual(read(holder, operation.path), operation.value))
        throw unprocessable(`testing path ${operation.path} failed`);
      return;
    default:
      throw badRequest(`unknown JSON patch operation ${JSON.stringify(operation.op)}`);
  }
}

function add(holder: JsonRecord, path: string, value: unknown): void {
  const { parent, step } = resolve(holder, path);
  if (!Array.isArray(parent)) {
    parent[step] = value;
    return;
  }
  const place = step === '-' ? parent.length : indexOf(step, path);
  if (place > parent.length) throw unprocessable(`add operation does not apply: index out of range at ${path}`);
  parent.splice(place, 0, value);
}

function remove(holder: JsonRecord, path: string): unknown {
  const value = read(holder, path);
  const { parent, step } = resolve(holder, path);
  if (Array.isArray(parent)) parent.splice(indexOf(step, path), 1);
  else delete parent[step];
  return value;
}

function read(holder: JsonRecord, path: string): unknown {
  const { parent, step } = resolve(holder, path);
  const value = Array.isArray(parent)
    ? parent[indexOf(step, path)]
    : Object.hasOwn(parent, step)
      ? parent[step]
      : undefined;
  if (value === undefined) throw unprocessable(`the path ${path} does not exist`);
  return value;
}

function resolve(holder: JsonRecord, path: string): { parent: JsonRecord | unknown[]; step: string } {
  if (path !== '' && !path.startsWith('/')) throw badRequest(`${path} is no JSON pointer`);
  const steps = [
    'root',
    ...path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
  let parent: unknown = holder;
  for (const step of steps.slice(0, -1)) {
    parent = Array.isArray(parent)
      ? parent[indexOf(step, path)]
      : isRecord(parent) && Object.hasOwn(parent, step)
        ? parent[step]
        : undefined;
  }
  if (!isRecord(parent) && !Array.isArray(parent)) throw unprocessable(`the path ${path} does not exist`);
  return { parent, step: steps.at(-1) as string };
}

function indexOf(step: string, path: string): number {
  if (!/^(0|[1-9]\d*)$/.test(step)) throw unprocessable(`${step} is no index of a list at ${path}`);
  return Number(step);
}

function unprocessable(why: string): StatusError {
  return new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});
}
