import type { Ids } from '../src/ports/ids.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
/** 27^5: that many names differ before the first returns. */
const SUFFIX_COUNT = ALPHABET.length ** SUFFIX_LENGTH;
/** Not a multiple of 3, hence coprime to 27^5: stepping by it visits every suffix once, in an order that looks random. */
const STRIDE = 8_872_801;

/** Names that look generated and never repeat (within 14 million): equal seeds give equal sequences. */
export function createSequenceIds(seed: number): Ids {
  let position = (seed >>> 0) % SUFFIX_COUNT;
  return {
    next(prefix) {
      position = (position + STRIDE) % SUFFIX_COUNT;
      return prefix + suffixOf(position);
    },
  };
}

/** `value` in base 27, in Kubernetes' alphabet for generated names. */
function suffixOf(value: number): string {
  let suffix = '';
  for (let rest = value, digit = 0; digit < SUFFIX_LENGTH; digit++) {
    suffix = ALPHABET.charAt(rest % ALPHABET.length) + suffix;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return suffix;
}
