/** Chance that can be repeated: equal seeds give equal draws. */
export interface SeededRandom {
  /** The next number in [0, 1). */
  next(): number;
  /** The next integer in [min, max], both included. */
  integer(min: number, max: number): number;
  /** A stream of its own for `name`: what others draw does not change it, and it does not change them. */
  fork(name: string): SeededRandom;
}

/** A small generator (mulberry32) on 32 bits of `seed`: good for jitter and names, not for secrets. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    fork: (name) => createSeededRandom(hash32(`${seed >>> 0}/${name}`)),
  };
}

/** FNV-1a of the text's UTF-16 code units, as an unsigned 32-bit integer. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
