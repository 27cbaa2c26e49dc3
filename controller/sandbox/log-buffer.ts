/** Lines kept of one process: enough for a reader who comes late, bounded for one that runs for days. */
const LINES_MAX = 20_000;

/** The output of a process, for readers that come at any time and may follow. */
export class LogBuffer {
  readonly #lines: string[] = [];
  /** How many lines were dropped at the front. */
  #dropped = 0;
  readonly #waiting = new Set<() => void>();

  /** Adds a line, without its end. */
  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) {
      this.#lines.shift();
      this.#dropped += 1;
    }
    for (const wake of this.#waiting) wake();
  }

  /** The lines there are, oldest first. */
  lines(): readonly string[] {
    return this.#lines;
  }

  /** The lines there are (or the last so many) and, when following, those to come until the signal aborts. */
  async *read(options: {
    follow: boolean;
    tailLines: number | undefined;
    signal: AbortSignal;
  }): AsyncGenerator<string> {
    let next = this.#dropped + Math.max(0, this.#lines.length - (options.tailLines ?? Number.POSITIVE_INFINITY));
    while (!options.signal.aborted) {
      next = Math.max(next, this.#dropped);
      const line = this.#lines[next - this.#dropped];
      if (line !== undefined) {
        next += 1;
        yield line;
      } else if (options.follow) await this.#nextPush(options.signal);
      else return;
    }
  }

  #nextPush(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
