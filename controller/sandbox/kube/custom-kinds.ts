import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/meta.ts';
import { customResourceRules } from './custom-resource-validation.ts';
import { humanAge } from './human-age.ts';
import { compileJsonPath } from './json-path.ts';
import type { Column, ServedKind } from './served-kind.ts';
import type { StructuralSchema } from './structural-schema.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: Column['type'];
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

interface DefinitionSpec {
  readonly group: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly names: {
    readonly kind: string;
    readonly plural: string;
    readonly singular?: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly versions: readonly DefinitionVersion[];
}

interface DefinitionVersion {
  readonly name: string;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: object };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
}

/** The CustomResourceDefinitions in the YAML files of a directory, by file name. */
export function readDefinitions(directory: string): KubeObject[] {
  const files = readdirSync(directory)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
  return files
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map(
        (document) => document.toJS() as KubeObject | null,
      ),
    )
    .filter((object) => object?.kind === 'CustomResourceDefinition') as KubeObject[];
}

/** The kind that a CustomResourceDefinition describes, in its storage version. Throws when its schema cannot be compiled. */
export function customKind(definition: KubeObject): ServedKind {
  const { group, scope, names, version } = parts(definition);
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    hasStatus: version.subresources?.status !== undefined,
    hasScale: version.subresources?.scale !== undefined,
    countsGenerations: true,
    selectableFields: [],
    columns: [
      nameColumn,
      ...(
        version.additionalPrinterColumns ?? [
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const,
        ]
      ).map(columnOf),
    ],
    rules: customResourceRules(version.schema.openAPIV3Schema),
  };
}

/** The schema that a CustomResourceDefinition gives its kind. */
export function schemaOfDefinition(definition: KubeObject): StructuralSchema {
  return parts(definition).version.schema.openAPIV3Schema;
}

function parts(definition: KubeObject): DefinitionSpec & { version: DefinitionVersion } {
  const spec = definition.spec as DefinitionSpec;
  const version = spec.versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${definition.metadata.name} has no storage version`);
  return { ...spec, version };
}

const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  cell: (object) => object.metadata.name,
};

function columnOf(column: PrinterColumn): Column {
  const read = compileJsonPath(column.jsonPath);
  return {
    name: column.name,
    type: column.type,
    priority: column.priority ?? 0,
    ...(column.format === undefined ? {} : { format: column.format }),
    ...(column.description === undefined ? {} : { description: column.description }),
    cell(object, nowMs) {
      const values = read(object);
      if (values.length === 0) return column.type === 'date' ? '<unknown>' : null;
      if (column.type === 'date') return humanAge(nowMs - Date.parse(String(values[0])));
      if (column.type === 'string')
        return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(',');
      return values[0];
    },
  };
}
