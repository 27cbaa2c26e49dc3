import { EVENTS_GROUP_VERSION } from '../event-versions.ts';
import type { KindRegistry } from '../kind-registry.ts';
import type { ServedKind } from '../served-kind.ts';

/** What a path under /api or /apis names. */
export interface ResourceTarget {
  readonly kind: ServedKind;
  /** As asked for: events have two. */
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The resource behind a path, or undefined when there is none. */
export function resourceTarget(kinds: KindRegistry, pathname: string): ResourceTarget | undefined {
  const steps = pathname
    .split('/')
    .filter((step) => step !== '')
    .map(decodeURIComponent);
  const apiVersion = steps[0] === 'api' ? steps[1] : steps[0] === 'apis' ? `${steps[1]}/${steps[2]}` : undefined;
  const rest = steps.slice(steps[0] === 'api' ? 2 : 3);
  if (apiVersion === undefined || rest.length === 0) return undefined;
  const inNamespace =
    rest[0] === 'namespaces' && rest.length >= 3 && !(rest.length === 3 && isNamespaceSubresource(rest[2]));
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural, name, subresource, extra] = inNamespace ? rest.slice(2) : rest;
  const kind = plural === undefined ? undefined : kindOf(kinds, apiVersion, plural);
  if (kind === undefined || extra !== undefined || (inNamespace && !kind.namespaced)) return undefined;
  return { kind, apiVersion, namespace, name, subresource };
}

function isNamespaceSubresource(step: string | undefined): boolean {
  return step === 'status' || step === 'finalize';
}

function kindOf(kinds: KindRegistry, apiVersion: string, plural: string): ServedKind | undefined {
  return apiVersion === EVENTS_GROUP_VERSION && plural === 'events'
    ? kinds.named('Event')
    : kinds.resource(apiVersion, plural);
}
