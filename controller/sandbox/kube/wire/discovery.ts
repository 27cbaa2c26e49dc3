import { EVENTS_GROUP_VERSION } from '../event-versions.ts';
import type { KindRegistry } from '../kind-registry.ts';
import { apiVersionOf, type ServedKind } from '../served-kind.ts';

const OBJECT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];
const AGGREGATED_VERSIONS = ['v2', 'v2beta1'] as const;

/** One resource or subresource as discovery lists it. */
interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  /** Group and version of what it speaks, when those are not the resource's own. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly of: ServedKind | undefined;
}

/** The content type of aggregated discovery, when the client takes it. */
export function aggregatedVersion(accept: string): (typeof AGGREGATED_VERSIONS)[number] | undefined {
  return AGGREGATED_VERSIONS.find((version) =>
    accept.includes(`g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`),
  );
}

/** Everything below /api (the core group) or /apis (the others) in one document. */
export function aggregatedDiscovery(kinds: KindRegistry, root: 'api' | 'apis', version: string): unknown {
  const groups = root === 'api' ? [''] : groupsOf(kinds).filter((group) => group !== '');
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: versionsOf(kinds, group).map((groupVersion) => ({
        version: groupVersion.split('/').at(-1),
        freshness: 'Current',
        resources: kindsServedAs(kinds, groupVersion).map((kind) => aggregatedResource(kind, groupVersion)),
      })),
    })),
  };
}

function aggregatedResource(kind: ServedKind, groupVersion: string): unknown {
  const [version, group = ''] = groupVersion.split('/').reverse() as [string, string?];
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: OBJECT_VERBS,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    subresources: subresourcesOf(kind).map((resource) => ({
      subresource: resource.name.split('/')[1],
      responseKind: { group: resource.group ?? group, version: resource.version ?? version, kind: resource.kind },
      verbs: resource.verbs,
    })),
  };
}

/** `/api`. */
export function coreVersions(): unknown {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `/apis`. */
export function groupList(kinds: KindRegistry): unknown {
  const groups = groupsOf(kinds).filter((group) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupOf(kinds, group)) };
}

/** `/apis/<group>`, or undefined when there is no such group. */
export function groupDocument(kinds: KindRegistry, group: string): unknown {
  return groupsOf(kinds).includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(kinds, group) } : undefined;
}

/** `/api/v1` and `/apis/<group>/<version>`, or undefined when nothing is served there. */
export function resourceList(kinds: KindRegistry, groupVersion: string): unknown {
  const served = kindsServedAs(kinds, groupVersion);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((kind) => [
    { name: kind.plural, kind: kind.kind, verbs: OBJECT_VERBS, of: kind },
    ...subresourcesOf(kind),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: resources.map(listedResource) };
}

function listedResource({ name, kind, group, version, verbs, of }: DiscoveredResource): unknown {
  return {
    name,
    singularName: name.includes('/') ? '' : (of?.singular ?? ''),
    namespaced: of?.namespaced ?? false,
    ...(group === undefined ? {} : { group, version }),
    kind,
    verbs,
    ...(name.includes('/') || of === undefined || of.shortNames.length === 0 ? {} : { shortNames: of.shortNames }),
    ...(name.includes('/') || of === undefined || of.categories.length === 0 ? {} : { categories: of.categories }),
  };
}

function subresourcesOf(kind: ServedKind): DiscoveredResource[] {
  const resources: DiscoveredResource[] = [];
  const add = (name: string, rest: Omit<DiscoveredResource, 'name' | 'of'>) =>
    resources.push({ name: `${kind.plural}/${name}`, of: kind, ...rest });
  if (kind.hasStatus) add('status', { kind: kind.kind, verbs: STATUS_VERBS });
  if (kind.hasScale) add('scale', { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: STATUS_VERBS });
  if (kind.kind === 'Pod') {
    add('eviction', { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] });
    add('binding', { kind: 'Binding', verbs: ['create'] });
    add('log', { kind: 'Pod', verbs: ['get'] });
  }
  if (kind.kind === 'Namespace') add('finalize', { kind: 'Namespace', verbs: ['update'] });
  return resources;
}

function groupOf(kinds: KindRegistry, group: string): Record<string, unknown> {
  const versions = versionsOf(kinds, group).map((groupVersion) => ({
    groupVersion,
    version: groupVersion.split('/').at(-1),
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

/** Group names in the order of serving. */
function groupsOf(kinds: KindRegistry): string[] {
  return [...new Set([...kinds.all().map((kind) => kind.group), EVENTS_GROUP_VERSION.split('/')[0] as string])];
}

function versionsOf(kinds: KindRegistry, group: string): string[] {
  if (EVENTS_GROUP_VERSION.startsWith(`${group}/`)) return [EVENTS_GROUP_VERSION];
  return [
    ...new Set(
      kinds
        .all()
        .filter((kind) => kind.group === group)
        .map(apiVersionOf),
    ),
  ];
}

/** The kinds of one group version. */
export function kindsServedAs(kinds: KindRegistry, groupVersion: string): readonly ServedKind[] {
  if (groupVersion === EVENTS_GROUP_VERSION) return [kinds.named('Event')];
  return kinds.all().filter((kind) => apiVersionOf(kind) === groupVersion);
}

/** Every group version served, in order: what OpenAPI has a document for. */
export function groupVersions(kinds: KindRegistry): string[] {
  return groupsOf(kinds).flatMap((group) => versionsOf(kinds, group));
}
