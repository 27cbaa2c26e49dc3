import type { StoreChange } from './object-store.ts';

/** Changes kept per kind: a watcher that is further behind must list again. Large enough for a burst of 500 pods, a few changes each. */
const CHANGES_KEPT = 5000;

export interface VersionedChange extends StoreChange {
  readonly version: number;
  /** The object before the change; undefined for ADDED. A selecting watch needs it to tell that an object has left its selection. */
  readonly previous?: StoreChange['object'];
}

/** The latest changes of one kind, oldest first, bounded. */
export class ChangeHistory {
  readonly #limit: number;
  #changes: VersionedChange[] = [];
  #forgottenThrough = 0;

  constructor(limit = CHANGES_KEPT) {
    this.#limit = limit;
  }

  add(change: VersionedChange): void {
    this.#changes.push(change);
    // Cut in blocks, so that a full history costs nothing per change.
    if (this.#changes.length >= 2 * this.#limit) {
      this.#forgottenThrough = this.#changes[this.#limit - 1]?.version ?? this.#forgottenThrough;
      this.#changes = this.#changes.slice(this.#limit);
    }
  }

  /** The changes after `version`, oldest first; undefined when some of them are forgotten. */
  since(version: number): readonly VersionedChange[] | undefined {
    if (version < this.#forgottenThrough) return undefined;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low);
  }
}
