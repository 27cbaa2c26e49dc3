import { fail } from './undecodable.ts';

/** A longer text in a message tells nobody more. */
const SHOWN_LENGTH_MAX = 60;

/**
 * One place in a JSON document, with its path. Reading demands a shape: what has another one fails with the path of the field.
 * A field that is missing or null counts as absent, as in Kubernetes.
 */
export class Field {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.value = value ?? undefined;
  }

  get isAbsent(): boolean {
    return this.value === undefined;
  }

  /** The field `name` of this object; absent when this is. */
  at(name: string): Field {
    return new Field(this.path === '' ? name : `${this.path}.${name}`, this.#object()?.[name]);
  }

  /** The elements of this list; none when it is absent. */
  items(): Field[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) return this.#mismatch('a list');
    return this.value.map((item, index) => new Field(`${this.path}[${index}]`, item));
  }

  /** The entries of this map, in its own order; none when it is absent. */
  entries(): [string, Field][] {
    const keys = Object.keys(this.#object() ?? {});
    return keys.map((key) => [key, new Field(`${this.path}[${key}]`, this.#object()?.[key])]);
  }

  /** The text; `fallback` when absent. */
  text(fallback?: string): string {
    if (this.isAbsent && fallback !== undefined) return fallback;
    return typeof this.value === 'string' ? this.value : this.#mismatch('a text');
  }

  optionalText(): string | undefined {
    return this.isAbsent ? undefined : this.text();
  }

  /** One of `allowed`; `fallback` when absent. */
  oneOf<T extends string>(allowed: readonly T[], fallback?: T): T {
    const text = this.text(fallback);
    const known = allowed.find((value) => value === text);
    return known ?? this.#mismatch(`one of ${allowed.map((value) => value || '""').join(', ')}`);
  }

  /** The integer; `fallback` when absent. */
  integer(fallback?: number): number {
    if (this.isAbsent && fallback !== undefined) return fallback;
    return Number.isSafeInteger(this.value) ? (this.value as number) : this.#mismatch('an integer');
  }

  optionalInteger(): number | undefined {
    return this.isAbsent ? undefined : this.integer();
  }

  /** The truth value; false when absent. */
  flag(): boolean {
    if (this.isAbsent) return false;
    return typeof this.value === 'boolean' ? this.value : this.#mismatch('true or false');
  }

  texts(): string[] {
    return this.items().map((item) => item.text());
  }

  /** A map of texts, such as labels; empty when absent. */
  textMap(): Record<string, string> {
    return Object.fromEntries(this.entries().map(([key, value]) => [key, value.text('')]));
  }

  /** A time as the API writes it (RFC 3339), in milliseconds since the epoch. */
  optionalTimeMs(): number | undefined {
    if (this.isAbsent) return undefined;
    const timeMs = Date.parse(this.text());
    return Number.isNaN(timeMs) ? this.#mismatch('a time') : timeMs;
  }

  #object(): Readonly<Record<string, unknown>> | undefined {
    if (this.isAbsent) return undefined;
    if (typeof this.value !== 'object' || Array.isArray(this.value)) return this.#mismatch('an object');
    const object = this.value as Record<string, unknown>;
    return object;
  }

  #mismatch(expected: string): never {
    const shown = this.isAbsent ? 'absent' : JSON.stringify(this.value).slice(0, SHOWN_LENGTH_MAX);
    return fail(this.path, `must be ${expected}, is ${shown}`);
  }
}
