/** Kubernetes' alphabet for generated names: no vowels, no digits that look like letters. */
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
/** The apiserver's bound: prefix and suffix together fit into a DNS label. */
const GENERATED_NAME_MAX = 63;

/** UIDs and generated names from a seed: a run on virtual time can be repeated byte for byte. */
export class ObjectIdentity {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A fresh UUID (version 4 in form). */
  uid(): string {
    const hex = Array.from({ length: 4 }, () => this.#next().toString(16).padStart(8, '0')).join('');
    const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** `prefix`, cut so that the name stays a DNS label, and five characters. */
  name(prefix: string): string {
    let suffix = '';
    while (suffix.length < SUFFIX_LENGTH) suffix += NAME_ALPHABET[this.#next() % NAME_ALPHABET.length];
    return prefix.slice(0, GENERATED_NAME_MAX - SUFFIX_LENGTH) + suffix;
  }

  /** splitmix32: 32 well mixed bits a step, a period of 2^32. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}
