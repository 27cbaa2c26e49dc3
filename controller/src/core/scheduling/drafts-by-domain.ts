import type { LabelState } from './label-state.ts';
import type { ShapeRules } from './topology.ts';

/**
 * The planned nodes by the value of each label that rules between pods look at, as far as it is decided. A zone that refuses a pod then
 * refuses all of its nodes at one look.
 */
export class DraftsByDomain {
  /** By label, then value: the nodes, bit `index % 32` of word `index / 32`. */
  readonly #byKey: ReadonlyMap<string, Map<string, number[]>>;
  /** Filled anew for each pod. */
  readonly #barred: number[] = [];

  constructor(keys: Iterable<string>) {
    this.#byKey = new Map([...keys].map((key) => [key, new Map()]));
  }

  /** Takes note of what is decided of a node. What was decided before stays. */
  note(index: number, state: LabelState): void {
    const word = index >>> 5;
    for (const [key, byValue] of this.#byKey) {
      const value = state.onlyValue(key);
      if (value === undefined) continue;
      let words = byValue.get(value);
      if (words === undefined) byValue.set(value, (words = []));
      while (words.length <= word) words.push(0);
      words[word] = (words[word] as number) | (1 << (index & 31));
    }
  }

  /** Returns the nodes whose domains the rules do not admit now, and `others`, as words of bits; valid until it is asked again. */
  barredBy({ byKey }: ShapeRules, others: readonly number[]): readonly number[] {
    const barred = this.#barred;
    barred.length = 0;
    for (const word of others) barred.push(word);
    for (const [key, rules] of byKey) {
      const byValue = this.#byKey.get(key);
      if (byValue === undefined) continue;
      for (const [value, words] of byValue) {
        if (rules.every((rule) => rule.admits(value))) continue;
        while (barred.length < words.length) barred.push(0);
        for (let word = 0; word < words.length; word += 1) {
          barred[word] = (barred[word] as number) | (words[word] as number);
        }
      }
    }
    return barred;
  }
}
