/** Something that happens at an instant; `sequence` orders what happens at the same one. */
export interface HeapEvent {
  readonly atMs: number;
  readonly sequence: number;
}

/** Events by time, then by sequence: the order is total, so a run never depends on how the heap happens to lie. */
export class EventHeap<E extends HeapEvent> {
  readonly #events: E[] = [];

  get size(): number {
    return this.#events.length;
  }

  /** The earliest event, which stays; undefined when there is none. */
  peek(): E | undefined {
    return this.#events[0];
  }

  push(event: E): void {
    this.#events.push(event);
    this.#rise(this.#events.length - 1);
  }

  /** Takes the earliest event out; undefined when there is none. */
  pop(): E | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#events[0] = last;
    this.#sink(0);
    return first;
  }

  #rise(index: number): void {
    let child = index;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  #sink(index: number): void {
    let parent = index;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= this.#events.length) return;
      const right = left + 1;
      const child = right < this.#events.length && this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const a = this.#events[left] as E;
    const b = this.#events[right] as E;
    return a.atMs !== b.atMs ? a.atMs < b.atMs : a.sequence < b.sequence;
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const event = this.#events[child] as E;
    this.#events[child] = this.#events[parent] as E;
    this.#events[parent] = event;
    return true;
  }
}
