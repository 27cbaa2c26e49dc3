import type { Field } from '../decode/field.ts';
import { attempt, isUndecodable, type Undecodable } from '../decode/undecodable.ts';

/** Told of one input; who has made one mistake a million times has understood after a thousand. */
const LINES_MAX = 1000;

/** Everything that is wrong with the input: collected, so that all of it can be mended at once. */
export class Findings {
  readonly #lines: string[] = [];
  #count = 0;
  #last = '';

  /** True while nothing is wrong. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Findings of one file. */
  in(file: string): FileFindings {
    return new FileFindings((path, message) => {
      const line = `${file}: ${path === '' ? '' : `${path}: `}${message}`;
      // Whoever looks for two things in what is no object stumbles twice.
      if (line === this.#last) return;
      this.#last = line;
      this.#count += 1;
      if (this.#lines.length < LINES_MAX) this.#lines.push(line);
    });
  }

  /** One line for each, in the order in which they were found. */
  lines(): readonly string[] {
    const untold = this.#count - this.#lines.length;
    return untold === 0 ? this.#lines : [...this.#lines, `and ${untold} more`];
  }
}

/** Takes down what is wrong with one file. */
export class FileFindings {
  readonly add: (path: string, message: string) => void;

  constructor(add: (path: string, message: string) => void) {
    this.add = add;
  }

  /** Returns what `read` returns; undefined when it stumbles, which is taken down. */
  read<T extends NonNullable<unknown>>(read: () => T): T | undefined {
    const result = attempt(() => ({ value: read() }));
    if (!isUndecodable(result)) return result.value;
    this.add(result.path, result.message);
    return undefined;
  }

  /** Takes down what is wrong inside of `object`: all that its `parts` show, and what its decoder stumbled over if none of them did. */
  addObject(object: Field, stumble: Undecodable, parts: readonly Undecodable[]): void {
    const all = parts.some(({ path }) => path === stumble.path) ? parts : [...parts, stumble];
    for (const { path, message } of all) this.add(insideOf(object, path), message);
  }
}

/** The path of something in `object` as seen from the file. */
export function insideOf(object: Field, path: string): string {
  if (path === '') return object.path;
  return path.startsWith('[') ? `${object.path}${path}` : `${object.path}.${path}`;
}
