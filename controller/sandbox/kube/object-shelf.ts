import type { KubeObject } from '../../src/api/meta.ts';
import { ChangeHistory } from './change-history.ts';

/** The order of lists: by namespace, then name, in code units. */
export function shelfKey(name: string, namespace: string | undefined): string {
  return `${namespace ?? ''}\u0000${name}`;
}

/** The objects of one kind, in order, with their history. */
export class ObjectShelf {
  readonly history = new ChangeHistory();
  readonly #byKey = new Map<string, KubeObject>();
  readonly #keys: string[] = [];
  #listed: readonly KubeObject[] | undefined;

  get(name: string, namespace: string | undefined): KubeObject | undefined {
    return this.#byKey.get(shelfKey(name, namespace));
  }

  put(object: KubeObject): void {
    const key = shelfKey(object.metadata.name, object.metadata.namespace);
    if (!this.#byKey.has(key)) this.#keys.splice(this.#position(key), 0, key);
    this.#byKey.set(key, object);
    this.#listed = undefined;
  }

  remove(object: KubeObject): void {
    const key = shelfKey(object.metadata.name, object.metadata.namespace);
    if (!this.#byKey.delete(key)) return;
    this.#keys.splice(this.#position(key), 1);
    this.#listed = undefined;
  }

  /** All objects, or those of one namespace. The array is a snapshot: later changes make a new one. */
  list(namespace?: string): readonly KubeObject[] {
    this.#listed ??= this.#keys.map((key) => this.#byKey.get(key) as KubeObject);
    if (namespace === undefined) return this.#listed;
    return this.#listed.slice(this.#position(`${namespace}\u0000`), this.#position(`${namespace}\u0001`));
  }

  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
