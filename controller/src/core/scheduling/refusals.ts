/** Which of a list of nodes have refused the pods of one shape for good: nothing is to be asked of them again. */
export class Refusals {
  /** Bit `index % 32` of word `index / 32`. */
  readonly words: number[] = [];
  /** How many have. */
  count = 0;

  has(index: number): boolean {
    return (((this.words[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  }

  /** Adds one that had not refused before. */
  add(index: number): void {
    const word = index >>> 5;
    while (this.words.length <= word) this.words.push(0);
    this.words[word] = (this.words[word] as number) | (1 << (index & 31));
    this.count += 1;
  }
}
