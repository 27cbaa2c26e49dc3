import type { KubeObject } from '../../../src/api/meta.ts';
import { EVENTS_GROUP_VERSION, toEventsV1 } from '../event-versions.ts';
import { apiVersionOf, type ServedKind } from '../served-kind.ts';
import { modelOfKind } from '../served-kinds.ts';

const META_VERSION = 'meta.k8s.io/v1';

/** How a client wants objects: whole, their metadata, or as rows of a table. */
export interface Representation {
  object(object: KubeObject): unknown;
  list(objects: readonly KubeObject[], metadata: Readonly<Record<string, unknown>>): unknown;
}

interface RepresentationOptions {
  readonly kind: ServedKind;
  readonly apiVersion: string;
  /** The Accept header. */
  readonly accept: string;
  readonly includeObject: string | undefined;
  readonly nowMs: () => number;
}

/** The representation that an Accept header asks for first. */
export function representation(options: RepresentationOptions): Representation {
  const { kind, accept, apiVersion } = options;
  const wanted = /as=(Table|PartialObjectMetadataList|PartialObjectMetadata)\b/.exec(
    accept.split(',', 1)[0] ?? '',
  )?.[1];
  if (wanted === 'Table') return tables(options);
  if (wanted !== undefined) {
    return {
      object: metadataOnly,
      list: (objects, metadata) => ({
        kind: 'PartialObjectMetadataList',
        apiVersion: META_VERSION,
        metadata,
        items: objects.map(metadataOnly),
      }),
    };
  }
  const isBuiltIn = modelOfKind(kind.kind) !== undefined;
  const object = (item: KubeObject) => (apiVersion === EVENTS_GROUP_VERSION ? toEventsV1(item) : item);
  return {
    object,
    list: (objects, metadata) => ({
      kind: `${kind.kind}List`,
      apiVersion,
      metadata,
      items: objects.map(object).map((item) => (isBuiltIn ? withoutKind(item) : item)),
    }),
  };
}

/** The items of a typed list are of the list's kind, so Go does not write it into each. */
function withoutKind({ kind: _kind, apiVersion: _version, ...item }: KubeObject): object {
  return item;
}

function metadataOnly(object: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: META_VERSION, metadata: object.metadata };
}

function tables({ kind, includeObject, nowMs }: RepresentationOptions): Representation {
  const columnDefinitions = kind.columns.map(({ name, type, format = '', description = '', priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  const row = (object: KubeObject) => ({
    cells: kind.columns.map((column) => column.cell(object, nowMs())),
    ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : metadataOnly(object) }),
  });
  let isFirst = true;
  return {
    // A watch tells its columns once.
    object(object) {
      const columns = isFirst ? columnDefinitions : [];
      isFirst = false;
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      return { kind: 'Table', apiVersion: META_VERSION, metadata, columnDefinitions: columns, rows: [row(object)] };
    },
    list: (objects, metadata) => ({
      kind: 'Table',
      apiVersion: META_VERSION,
      metadata,
      columnDefinitions,
      rows: objects.map(row),
    }),
  };
}

/** What a bookmark carries: a version, and no object. */
export function bookmarkObject(kind: ServedKind, version: number, annotations?: Record<string, string>): KubeObject {
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(version),
      ...(annotations === undefined ? {} : { annotations }),
    } as KubeObject['metadata'],
  };
}
