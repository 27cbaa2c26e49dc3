import { syntaxErrorIndex } from './json-syntax.ts';

/** Read at once. Large enough that a pod is rarely cut in two, small enough not to count. */
const CHUNK_BYTES = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEW_LINE = 0x0a;
const OPENING = 1;
const CLOSING = 2;
const COMMA = 3;
const SPACE = 4;
/** What each byte means outside texts. A table, because this is asked of every byte of the file. */
const MEANING = new Uint8Array(256);
for (const [characters, meaning] of [
  ['{[', OPENING],
  ['}]', CLOSING],
  [',', COMMA],
  [' \t\n\r', SPACE],
] as const) {
  for (const character of characters) MEANING[character.charCodeAt(0)] = meaning;
}

/** A piece of a large JSON object: a field that holds no list, the start of a list, or one element of it. */
export type JsonPart =
  | { readonly kind: 'value'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'list'; readonly key: string }
  | { readonly kind: 'element'; readonly key: string; readonly index: number; readonly value: unknown };

/** Returns the next bytes, at most so many; none at the end. */
export type ReadBytes = (bytesMax: number) => Buffer;

/** Thrown where bytes stop being JSON. Lines and columns count from 1, columns in bytes. */
export class JsonSyntaxError extends Error {
  constructor(line: number, column: number, found: string) {
    super(`line ${line} column ${column}: not JSON, found ${found}`);
  }
}

/**
 * Yields the fields of one JSON object in their order, lists element by element, so that no more than one element is in memory: a
 * million pods are longer than the longest text that JavaScript can hold. Throws JsonSyntaxError.
 */
export function* readParts(read: ReadBytes): Generator<JsonPart> {
  const cursor = new JsonCursor(read);
  cursor.expect('{');
  if (!cursor.accept('}')) {
    do yield* readField(cursor);
    while (cursor.accept(','));
    cursor.expect('}');
  }
  cursor.expectEnd();
}

function* readField(cursor: JsonCursor): Generator<JsonPart> {
  const key = cursor.key();
  cursor.expect(':');
  if (!cursor.accept('[')) {
    yield { kind: 'value', key, value: cursor.value() };
    return;
  }
  yield { kind: 'list', key };
  if (cursor.accept(']')) return;
  let index = 0;
  do {
    yield { kind: 'element', key, index, value: cursor.value() };
    index += 1;
  } while (cursor.accept(','));
  cursor.expect(']');
}

/** A place in a stream of bytes that moves over JSON values. */
class JsonCursor {
  readonly #read: ReadBytes;
  /** What has been read and not been passed yet starts at `#at`. */
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Line of the first of `#bytes`, and how many bytes of that line came before it. */
  #line = 1;
  #lineBytes = 0;

  constructor(read: ReadBytes) {
    this.#read = read;
  }

  /** Passes this character if it comes next, spaces aside. */
  accept(character: string): boolean {
    if (this.#next() !== character.charCodeAt(0)) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) throw this.#error('', 0);
  }

  expectEnd(): void {
    if (this.#next() !== undefined) throw this.#error('', 0);
  }

  key(): string {
    if (this.#next() !== QUOTE) throw this.#error('', 0);
    return this.value() as string;
  }

  /** Passes one value and returns it. */
  value(): unknown {
    const first = this.#next();
    if (first === undefined) throw this.#error('', 0);
    const length = MEANING[first] === OPENING || first === QUOTE ? this.#lengthOfClosed() : this.#lengthOfPlain();
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
    try {
      const value: unknown = JSON.parse(text);
      this.#at += length;
      return value;
    } catch {
      throw this.#error(text, syntaxErrorIndex(text));
    }
  }

  /** The next byte that is no space; undefined at the end. */
  #next(): number | undefined {
    for (;;) {
      while (this.#at < this.#bytes.length && MEANING[this.#bytes[this.#at] as number] === SPACE) this.#at += 1;
      if (this.#at < this.#bytes.length) return this.#bytes[this.#at];
      if (!this.#readOn()) return undefined;
    }
  }

  /** Bytes of the text, list or object that starts here; up to the end of the stream when it does not end before. */
  #lengthOfClosed(): number {
    let depth = 0;
    let isInText = false;
    for (let length = 0; ; length += 1) {
      while (this.#at + length >= this.#bytes.length) if (!this.#readOn()) return length;
      const byte = this.#bytes[this.#at + length] as number;
      if (isInText) {
        if (byte === BACKSLASH) length += 1;
        else if (byte === QUOTE) isInText = false;
      } else if (byte === QUOTE) isInText = true;
      else if (MEANING[byte] === OPENING) depth += 1;
      else if (MEANING[byte] === CLOSING) depth -= 1;
      if (depth === 0 && !isInText) return length + 1;
    }
  }

  /** Bytes of the number or word that starts here. */
  #lengthOfPlain(): number {
    for (let length = 0; ; length += 1) {
      while (this.#at + length >= this.#bytes.length) if (!this.#readOn()) return length;
      const meaning = MEANING[this.#bytes[this.#at + length] as number] as number;
      if (meaning !== 0 && meaning !== OPENING) return length;
    }
  }

  /** Reads more bytes and lets go of those that were passed; false when there are none. */
  #readOn(): boolean {
    const passed = this.#bytes.subarray(0, this.#at);
    const rest = this.#bytes.subarray(this.#at);
    // As much again as is there already: a single huge value is copied a few times, not once per chunk.
    const more = this.#read(Math.max(CHUNK_BYTES, rest.length));
    if (more.length === 0) return false;
    const { line, column } = this.#after(passed);
    this.#line = line;
    this.#lineBytes = column - 1;
    this.#bytes = rest.length === 0 ? more : Buffer.concat([rest, more]);
    this.#at = 0;
    return true;
  }

  /** Where one stands after passing the bytes that `#bytes` starts with. */
  #after(passed: Buffer): { readonly line: number; readonly column: number } {
    let line = this.#line;
    let lineStart = -this.#lineBytes;
    for (let at = passed.indexOf(NEW_LINE); at >= 0; at = passed.indexOf(NEW_LINE, at + 1)) {
      line += 1;
      lineStart = at + 1;
    }
    return { line, column: passed.length - lineStart + 1 };
  }

  /** The error that lies `index` characters into `text`, which starts here. */
  #error(text: string, index: number): JsonSyntaxError {
    const at = this.#at + Buffer.byteLength(text.slice(0, index));
    const { line, column } = this.#after(this.#bytes.subarray(0, at));
    const [character] = this.#bytes.toString('utf8', at, at + 4);
    return new JsonSyntaxError(line, column, character === undefined ? 'the end' : JSON.stringify(character));
  }
}
