import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../src/api/meta.ts';
import { type FieldShape, modelFields } from '../built-in-models.ts';
import { schemaOfDefinition } from '../custom-kinds.ts';
import type { KindRegistry } from '../kind-registry.ts';
import { listMerge, RETAIN_KEYS_RECORDS } from '../patch-merge-keys.ts';
import type { ServedKind } from '../served-kind.ts';
import { modelOfKind } from '../served-kinds.ts';
import { groupVersions, kindsServedAs } from './discovery.ts';

type Schema = Record<string, unknown>;

/** `/openapi/v3`: where each group version's document is; the hash changes with its content, so that clients may cache. */
export function openApiIndex(kinds: KindRegistry, definitions: readonly KubeObject[]): unknown {
  const paths = groupVersions(kinds).map((groupVersion) => {
    const path = pathOf(groupVersion);
    const hash = createHash('sha256')
      .update(JSON.stringify(openApiDocument(kinds, definitions, groupVersion)))
      .digest('hex');
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/** The group version that a path below /openapi/v3 stands for. */
export function groupVersionOfPath(path: string): string {
  return path.replace(/^apis?\//, '');
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

/**
 * The OpenAPI v3 document of one group version: what kubectl needs to leave validation to the server, to compute strategic merge patches,
 * and to explain fields. Undefined when nothing is served there.
 */
export function openApiDocument(
  kinds: KindRegistry,
  definitions: readonly KubeObject[],
  groupVersion: string,
): unknown {
  const served = kindsServedAs(kinds, groupVersion);
  if (served.length === 0) return undefined;
  const [version, group = ''] = groupVersion.split('/').reverse() as [string, string?];
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, unknown> = {};
  for (const kind of served) {
    const groupVersionKind = { group, version, kind: kind.kind };
    const name = addKind(schemas, kind, definitions, groupVersionKind);
    Object.assign(paths, pathsOf(kind, groupVersion, name, groupVersionKind));
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'sandbox' }, paths, components: { schemas } };
}

function addKind(
  schemas: Record<string, Schema>,
  kind: ServedKind,
  definitions: readonly KubeObject[],
  groupVersionKind: object,
): string {
  const model = modelOfKind(kind.kind);
  const extension = { 'x-kubernetes-group-version-kind': [groupVersionKind] };
  if (model !== undefined) {
    addModel(schemas, model);
    Object.assign(schemas[model] as Schema, extension);
    return model;
  }
  const definition = definitions.find((candidate) => candidate.metadata.name === `${kind.plural}.${kind.group}`);
  addModel(schemas, 'V1ObjectMeta');
  const schema = structuredClone(definition === undefined ? {} : schemaOfDefinition(definition)) as Schema;
  const properties = { ...(schema.properties as Schema), metadata: reference('V1ObjectMeta') };
  schemas[kind.kind] = { ...schema, properties, ...extension };
  return kind.kind;
}

function addModel(schemas: Record<string, Schema>, model: string): void {
  if (schemas[model] !== undefined) return;
  const properties: Schema = {};
  schemas[model] = { type: 'object', properties };
  for (const [name, shape] of modelFields(model))
    properties[name] = { ...schemaOf(schemas, shape), ...patchExtension(model, name) };
}

function schemaOf(schemas: Record<string, Schema>, shape: FieldShape): Schema {
  switch (shape.kind) {
    case 'model':
      addModel(schemas, shape.model);
      return reference(shape.model);
    case 'list':
      return { type: 'array', items: schemaOf(schemas, shape.items) };
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(schemas, shape.values) };
    case 'int-or-string':
    case 'quantity':
      return { oneOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'any':
      return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    default:
      return { type: shape.kind };
  }
}

function patchExtension(model: string, field: string): Schema {
  const merge = listMerge(model, field);
  if (merge === undefined)
    return RETAIN_KEYS_RECORDS.has(`${model}.${field}`) ? { 'x-kubernetes-patch-strategy': 'retainKeys' } : {};
  return {
    'x-kubernetes-patch-strategy': merge.retainKeys === true ? 'merge,retainKeys' : 'merge',
    ...(merge.key === undefined ? {} : { 'x-kubernetes-patch-merge-key': merge.key }),
  };
}

function reference(name: string): Schema {
  return { allOf: [{ $ref: `#/components/schemas/${name}` }] };
}

/** The write operations, for their parameters: from `fieldValidation` kubectl sees that the server validates. */
function pathsOf(
  kind: ServedKind,
  groupVersion: string,
  schemaName: string,
  groupVersionKind: object,
): Record<string, unknown> {
  const collection = `/${pathOf(groupVersion)}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
  const query = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName}` } } };
  const operation = (action: string) => ({
    operationId: `${action}${kind.kind}`,
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(query),
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': groupVersionKind,
  });
  return {
    [collection]: { get: operation('list'), post: operation('post') },
    [`${collection}/{name}`]: {
      get: operation('get'),
      put: operation('put'),
      patch: operation('patch'),
      delete: operation('delete'),
    },
  };
}
