import type { KubeObject } from '../api/meta.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { KubeHttp } from './http-client.ts';
import type { Resource } from './resources.ts';

/** Objects a page, as client-go asks for: 500 pods are about 5 MB, parsed in some 40 ms. */
const PAGE_OBJECTS = 500;
/** A page of large objects from a busy API server takes longer than an ordinary request; it ends its own at 60 s. */
const LIST_TIMEOUT_MS = 60_000;

export interface ListTarget {
  readonly kind: string;
  readonly resource: Resource;
  readonly path: string;
  readonly fieldSelector?: string;
}

export interface CompleteList {
  readonly objects: readonly KubeObject[];
  /** From where a watch continues this list without a gap. */
  readonly resourceVersion: string;
}

interface ListPage {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

/**
 * All objects of a collection at one version, without their managedFields. Throws an OperationError rather than return a
 * part. When a page's token has expired, the list is read anew in one piece, which cannot expire.
 */
export async function completeList(http: KubeHttp, target: ListTarget, signal: AbortSignal): Promise<CompleteList> {
  try {
    return await readPages(http, target, signal, PAGE_OBJECTS);
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'expired') throw error;
    return readPages(http, target, signal, undefined);
  }
}

async function readPages(
  http: KubeHttp,
  target: ListTarget,
  signal: AbortSignal,
  pageObjects: number | undefined,
): Promise<CompleteList> {
  const objects: KubeObject[] = [];
  let token = '';
  while (true) {
    const page = await http.json<ListPage>({
      method: 'GET',
      path: target.path,
      query: {
        ...(pageObjects === undefined ? {} : { limit: String(pageObjects) }),
        ...(token === '' ? {} : { continue: token }),
        ...(target.fieldSelector === undefined ? {} : { fieldSelector: target.fieldSelector }),
      },
      action: `list ${target.kind}`,
      signal,
      timeoutMs: LIST_TIMEOUT_MS,
    });
    for (const item of page.items ?? []) objects.push(asListed(item, target));
    token = page.metadata?.continue ?? '';
    if (token === '') return { objects, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}

/** Items of a list come without kind and apiVersion; in a watch they have them. */
function asListed(item: KubeObject, target: ListTarget): KubeObject {
  item.kind ??= target.kind;
  item.apiVersion ??= target.resource.apiVersion;
  return withoutManagedFields(item);
}

/** The same object, its managedFields dropped: a third of a typical pod, and nobody here reads them. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  delete (object.metadata as { managedFields?: unknown }).managedFields;
  return object;
}
