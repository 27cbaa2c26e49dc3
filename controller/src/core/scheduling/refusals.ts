/** Which of a list of nodes have refused the pods of one shape for good: nothing is to be asked of them again. */
export class Refusals {
  /** Bit `index % 32` of word `index / 32`. */
  readonly words: number[] = [];
  /** How many have. */
  count = 0;
  /** Every node with fewer pods than this has refused, as long as there are `#among` nodes. */
  #closedBelow = 1;
  #among = 0;

  has(index: number): boolean {
    return (((this.words[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  }

  /** The least number of pods with which one of so many nodes may be open. Nodes only gain pods, so but for new nodes it only rises. */
  firstOpen(nodes: number): number {
    if (nodes !== this.#among) {
      this.#among = nodes;
      this.#closedBelow = 1;
    }
    return this.#closedBelow;
  }

  /** Takes note that no node with so many pods or fewer is open. */
  closeUpTo(pods: number): void {
    this.#closedBelow = pods + 1;
  }

  /** Adds one that had not refused before. */
  add(index: number): void {
    const word = index >>> 5;
    while (this.words.length <= word) this.words.push(0);
    this.words[word] = (this.words[word] as number) | (1 << (index & 31));
    this.count += 1;
  }
}
