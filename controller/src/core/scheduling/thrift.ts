import type { NodeDraft } from './node-draft.ts';
import type { Amount, Seeker } from './seeker.ts';

/**
 * Tells which planned nodes a pod may join without making them dearer. Thousands of pods ask thousands of nodes, so what a node has left is
 * kept in plain lists, and a node that would have become dearer by a pod of one shape is not asked again before it has changed.
 */
export class Thrift {
  readonly #drafts: readonly NodeDraft[];
  /** By axis: what the cheapest types of each node have left. */
  readonly #slacks: ({ readonly name: string; readonly byNode: number[] } | undefined)[] = [];
  readonly #dear = new Map<Seeker, Dear>();
  /** Nodes that got a pod more, in the order in which they did. */
  readonly #changed: number[] = [];

  /** `drafts` is the list of the nodes, which grows. */
  constructor(drafts: readonly NodeDraft[]) {
    this.#drafts = drafts;
  }

  /** Takes note that a node is new or got another pod. */
  note(index: number): void {
    this.#changed.push(index);
    for (const [axis, slack] of this.#slacks.entries()) {
      if (slack !== undefined) slack.byNode[index] = (this.#drafts[index] as NodeDraft).slack(axis, slack.name);
    }
  }

  /** False when the pod would surely make the node dearer. */
  mayJoin(index: number, amounts: readonly Amount[]): boolean {
    for (const { axis, name, amount } of amounts) {
      if ((this.#slackOf(axis, name)[index] as number) < amount) return false;
    }
    return true;
  }

  #slackOf(axis: number, name: string): readonly number[] {
    let slack = this.#slacks[axis];
    if (slack === undefined) {
      slack = { name, byNode: this.#drafts.map((draft) => draft.slack(axis, name)) };
      while (this.#slacks.length < axis) this.#slacks.push(undefined);
      this.#slacks[axis] = slack;
    }
    return slack.byNode;
  }

  /** The nodes that would have become dearer by such a pod when they were asked, and have not changed since. */
  dearTo(seeker: Seeker): Dear {
    let dear = this.#dear.get(seeker);
    if (dear === undefined) this.#dear.set(seeker, (dear = new Dear()));
    dear.forget(this.#changed);
    return dear;
  }
}

/** Nodes that are too dear for pods of one shape. */
class Dear {
  /** Bit `index % 32` of word `index / 32`. */
  readonly words: number[] = [];
  #changesSeen = 0;

  add(index: number): void {
    const word = index >>> 5;
    while (this.words.length <= word) this.words.push(0);
    this.words[word] = (this.words[word] as number) | (1 << (index & 31));
  }

  /** Forgets those that have changed since the last time; `changed` names them from the first on. */
  forget(changed: readonly number[]): void {
    for (; this.#changesSeen < changed.length; this.#changesSeen += 1) {
      const index = changed[this.#changesSeen] as number;
      const word = index >>> 5;
      if (word < this.words.length) this.words[word] = (this.words[word] as number) & ~(1 << (index & 31));
    }
  }
}
