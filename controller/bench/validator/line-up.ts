import type { PodManifest } from '../problem/problem-file.ts';
import { requestOf } from './amounts.ts';
import type { Party } from './parties.ts';
import type { StandingNode } from './standing.ts';

/** The pods of one node, the last one first. */
interface Queue {
  /** Of the pods' parties. */
  readonly positions: number[];
  readonly ranks: number[];
}

/**
 * The pods of each node in the order in which the plan names them: as a rule the one in which they were placed, and then it says who is next. The
 * nodes' orders are merged by size, the largest pod first, because that is how pods are placed everywhere. Which of equal pods came first is not
 * known: nodes in a hurry come by so many sizes earlier.
 */
export class LineUp {
  readonly #queues: readonly Queue[];

  /** Of parties of which nobody is bound yet. */
  constructor(parties: readonly Party[], hurry: ReadonlyMap<StandingNode, number>) {
    const positions = new Map(
      parties.flatMap(({ members }, position) => members.map((member) => [member, position] as const)),
    );
    const rankOf = sizeRanks(parties.flatMap(({ members }) => members.map(({ pod }) => pod)));
    const byNode = new Map<StandingNode, Queue>();
    for (const { node } of parties) {
      if (byNode.has(node)) continue;
      const inTurn = node.placed.toReversed();
      byNode.set(node, {
        positions: inTurn.map((member) => positions.get(member) ?? -1),
        ranks: inTurn.map(({ pod }) => Math.max(0, rankOf(pod) - (hurry.get(node) ?? 0))),
      });
    }
    this.#queues = parties.map(({ node }) => byNode.get(node) as Queue);
  }

  /** By how many sizes the next pod of the party's node is smaller than the largest of all; undefined when it is another party's turn. */
  rankOf(position: number): number | undefined {
    const queue = this.#queues[position];
    return queue?.positions.at(-1) === position ? queue.ranks.at(-1) : undefined;
  }

  /** Lets the pod leave whose turn it is on the node of this party; returns the party whose turn it is now. */
  advance(position: number): number | undefined {
    const { positions, ranks } = this.#queues[position] as Queue;
    positions.pop();
    ranks.pop();
    return positions.at(-1);
  }
}

/** Pods by cpu, of equal ones by memory; the largest have rank 0. */
function sizeRanks(pods: readonly PodManifest[]): (pod: PodManifest) => number {
  const sizes = new Map(
    pods.map((pod) => {
      const request = requestOf(pod.spec);
      return [pod, { cpu: request.get('cpu') ?? 0n, memory: request.get('memory') ?? 0n }];
    }),
  );
  const different = new Map(sizes.values().map((size) => [`${size.cpu} ${size.memory}`, size]));
  const inOrder = [...different].sort(
    ([, one], [, other]) => compare(other.cpu, one.cpu) || compare(other.memory, one.memory),
  );
  const ranks = new Map(inOrder.map(([text], rank) => [text, rank]));
  return (pod) => {
    const size = sizes.get(pod);
    return ranks.get(`${size?.cpu} ${size?.memory}`) ?? 0;
  };
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
