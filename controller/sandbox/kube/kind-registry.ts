import { apiVersionOf, type ServedKind } from './served-kind.ts';
import { noSuchResource } from './status-errors.ts';

/** All kinds served, built-in and custom. Names of kinds are unique over all groups. */
export class KindRegistry {
  readonly #byKind = new Map<string, ServedKind>();
  readonly #byResource = new Map<string, ServedKind>();

  constructor(kinds: readonly ServedKind[]) {
    for (const kind of kinds) this.add(kind);
  }

  /** Serves `kind`, in place of an earlier description of it. */
  add(kind: ServedKind): void {
    this.#byKind.set(kind.kind, kind);
    this.#byResource.set(resourceKey(apiVersionOf(kind), kind.plural), kind);
  }

  /** The kind named as on objects; throws a 404 when it is not served. */
  named(kind: string): ServedKind {
    const served = this.#byKind.get(kind);
    if (served === undefined) throw noSuchResource();
    return served;
  }

  /** The kind behind a path such as `/apis/apps/v1/deployments`, or undefined. */
  resource(apiVersion: string, plural: string): ServedKind | undefined {
    return this.#byResource.get(resourceKey(apiVersion, plural));
  }

  /** Every kind, in the order of serving. */
  all(): readonly ServedKind[] {
    return [...this.#byKind.values()];
  }
}

function resourceKey(apiVersion: string, plural: string): string {
  return `${apiVersion} ${plural}`;
}
