import { zeros } from './zeros.ts';

/**
 * A set of the instance types of one Provisioner: bit `position % 32` of word `position / 32` stands for the type at that position of its
 * list. Never changed once made, so sets are shared. A plain array: V8 makes a small one ten times faster than a typed one.
 */
export type TypeSet = readonly number[];

const WORD_BITS = 32;

/** Returns the set of those of `count` positions that pass. */
export function typeSetOf(count: number, passes: (position: number) => boolean): TypeSet {
  const words = zeros(Math.ceil(count / WORD_BITS));
  for (let position = 0; position < count; position += 1) {
    if (passes(position)) words[position >>> 5] = (words[position >>> 5] as number) | (1 << (position & 31));
  }
  return words;
}

/** Returns what is in both, undefined when nothing is. It is `left` itself where nothing of it is lost. */
export function intersection(left: TypeSet, right: TypeSet): TypeSet | undefined {
  let common = 0;
  let lost = 0;
  for (let word = 0; word < left.length; word += 1) {
    common |= (left[word] as number) & (right[word] as number);
    lost |= (left[word] as number) & ~(right[word] as number);
  }
  if (common === 0) return undefined;
  return lost === 0 ? left : left.map((bits, word) => bits & (right[word] as number));
}

/** Returns what is in `left` and not in `right`. */
export function without(left: TypeSet, right: TypeSet | undefined): TypeSet {
  return right === undefined ? left : left.map((bits, word) => bits & ~(right[word] as number));
}

/** Returns what is in either. */
export function union(left: TypeSet, right: TypeSet): TypeSet {
  return left.map((bits, word) => bits | (right[word] as number));
}

/** True when all of `left` is in `right`. */
export function isWithin(left: TypeSet, right: TypeSet): boolean {
  for (let word = 0; word < left.length; word += 1) {
    if (((left[word] as number) & ~(right[word] as number)) !== 0) return false;
  }
  return true;
}

/** True when some type is in both. */
export function meets(left: TypeSet, right: TypeSet): boolean {
  for (let word = 0; word < left.length; word += 1) {
    if (((left[word] as number) & (right[word] as number)) !== 0) return true;
  }
  return false;
}

/** True when the type at the position is in the set. */
export function contains(set: TypeSet, position: number): boolean {
  return (((set[position >>> 5] as number) >>> (position & 31)) & 1) === 1;
}

/** Returns the first of `order` that is in the set. The set holds at least one of them. */
export function firstIn(order: readonly number[], set: TypeSet): number {
  for (const position of order) if (contains(set, position)) return position;
  throw new RangeError('no type of the order is in the set');
}

/** Returns the positions in the set, ascending. */
export function positionsIn(set: TypeSet): number[] {
  const positions: number[] = [];
  for (let word = 0; word < set.length; word += 1) {
    for (let bits = set[word] as number; bits !== 0; bits &= bits - 1) {
      positions.push(word * WORD_BITS + (31 - Math.clz32(bits & -bits)));
    }
  }
  return positions;
}
