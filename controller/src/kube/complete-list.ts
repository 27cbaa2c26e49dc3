import type { KubeObject } from '../api/meta.ts';
import type { ListedName } from '../ports/kube.ts';
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
  /** Of the last page; all there are when there is but one. */
  readonly objects: readonly KubeObject[];
  /** What the pages before the last had. */
  readonly listed: readonly ListedName[];
  /** From where a watch continues this list without a gap. */
  readonly resourceVersion: string;
}

interface ListPage {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

/** Is given each page but the last, and the version of the whole list. What it throws ends the reading. */
export type TakePage = (objects: readonly KubeObject[], resourceVersion: string) => void;

/**
 * All objects of a collection at one version, without their managedFields, page by page: fifty thousand pods at once are more than all that
 * we keep of them. Throws an OperationError when a page is missing; those before it are then part of no list. When a page's token has
 * expired, the list is read anew in one piece, which cannot expire.
 */
export async function completeList(
  http: KubeHttp,
  target: ListTarget,
  signal: AbortSignal,
  take: TakePage,
): Promise<CompleteList> {
  try {
    return await readPages(http, target, signal, PAGE_OBJECTS, take);
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'expired') throw error;
    return readPages(http, target, signal, undefined, take);
  }
}

/** All objects of a collection that is known to be short, in one piece. */
export async function shortList(
  http: KubeHttp,
  target: ListTarget,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  return (await readPages(http, target, signal, undefined, () => {})).objects;
}

async function readPages(
  http: KubeHttp,
  target: ListTarget,
  signal: AbortSignal,
  pageObjects: number | undefined,
  take: TakePage,
): Promise<CompleteList> {
  const listed: ListedName[] = [];
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
    const objects = (page.items ?? []).map((item) => asListed(item, target));
    const { resourceVersion = '', continue: next = '' } = page.metadata ?? {};
    if (next === '') return { objects, listed, resourceVersion };
    take(objects, resourceVersion);
    for (const { metadata } of objects) listed.push(nameOf(metadata));
    token = next;
  }
}

function nameOf({ name, namespace }: KubeObject['metadata']): ListedName {
  return namespace === undefined ? { name } : { name, namespace };
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
