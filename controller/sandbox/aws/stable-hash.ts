/** FNV-1a of the UTF-16 code units of `text`, as an unsigned 32-bit number. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** `digits` hexadecimal digits that depend on all of `text`; neighbouring texts look unrelated. */
export function hashDigits(text: string, digits: number): string {
  let out = '';
  for (let block = 0; out.length < digits; block++) {
    out += scramble(fnv1a32(`${block}|${text}`))
      .toString(16)
      .padStart(8, '0');
  }
  return out.slice(0, digits);
}

/** A number in [0, 1) that depends on all of `text`. */
export function hashFraction(text: string): number {
  return scramble(fnv1a32(text)) / 2 ** 32;
}

/** MurmurHash3's finalizer: FNV alone leaves texts that differ in their last letter close together. */
function scramble(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
