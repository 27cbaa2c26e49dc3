import type { KubeObject } from '../../../src/api/meta.ts';
import { badRequest, expired } from '../status-errors.ts';

/** Lists that clients have begun to page through; the oldest is given up for a new one. */
const OPEN_LISTS_MAX = 64;

interface OpenList {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface Page {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Token for the next page; undefined on the last. */
  readonly continueToken: string | undefined;
  readonly remaining: number;
}

/** Pages of lists. All pages of one list show the same moment, whatever has happened since. */
export class ListPages {
  readonly #open = new Map<string, OpenList>();
  #opened = 0;

  /** The first page of a list. `limit` 0 gives all of it. */
  first(objects: readonly KubeObject[], resourceVersion: string, limit: number): Page {
    if (limit === 0 || objects.length <= limit)
      return { objects, resourceVersion, continueToken: undefined, remaining: 0 };
    this.#opened += 1;
    const id = String(this.#opened);
    this.#open.set(id, { objects, resourceVersion });
    if (this.#open.size > OPEN_LISTS_MAX) this.#open.delete(this.#open.keys().next().value as string);
    return page(id, { objects, resourceVersion }, 0, limit);
  }

  /** A following page. 410 when its list was given up, 400 for a token that is none of ours. */
  next(token: string, limit: number): Page {
    const [id = '', offset] = Buffer.from(token, 'base64url').toString('utf8').split(':');
    if (!/^\d+$/.test(id) || !/^\d+$/.test(offset ?? '')) throw badRequest('continue key is not valid');
    const list = this.#open.get(id);
    if (list === undefined) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    }
    return page(id, list, Number(offset), limit === 0 ? list.objects.length : limit);
  }
}

function page(id: string, { objects, resourceVersion }: OpenList, offset: number, limit: number): Page {
  const end = Math.min(objects.length, offset + limit);
  const isLast = end === objects.length;
  return {
    objects: objects.slice(offset, end),
    resourceVersion,
    continueToken: isLast ? undefined : Buffer.from(`${id}:${end}`).toString('base64url'),
    remaining: objects.length - end,
  };
}
