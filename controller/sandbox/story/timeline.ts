import { styleText } from 'node:util';

const LABEL_WIDTH = 10;
const LIVE_EVERY_MS = 200;

/** What a person reads while the story plays: one line an event, with the time since the start; on a terminal a live last line. */
export class Timeline {
  readonly #startMs = Date.now();
  readonly #out: NodeJS.WriteStream;
  #live: (() => string) | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** A line of its own; `more` lines are set below it. */
  tell(label: string, text: string, ...more: readonly string[]): void {
    this.#clearLive();
    this.#out.write(
      `${this.#style('dim', this.#elapsed())}  ${this.#style('bold', label.padEnd(LABEL_WIDTH))}  ${text}\n`,
    );
    for (const line of more) this.#out.write(`${' '.repeat(8 + 2 + LABEL_WIDTH + 2)}${this.#style('dim', line)}\n`);
    this.#drawLive();
  }

  /** A line without time, for headings and closings. */
  say(text: string): void {
    this.#clearLive();
    this.#out.write(`${text}\n`);
    this.#drawLive();
  }

  /** Shows `line()` below everything, drawn anew five times a second, until it is replaced or removed. Nothing where it is no terminal. */
  wait(line: (() => string) | undefined): void {
    this.#clearLive();
    clearInterval(this.#ticker);
    this.#live = line;
    if (line === undefined || !this.#out.isTTY) return;
    this.#ticker = setInterval(() => {
      this.#clearLive();
      this.#drawLive();
    }, LIVE_EVERY_MS);
    this.#drawLive();
  }

  #drawLive(): void {
    if (this.#live !== undefined && this.#out.isTTY) {
      this.#out.write(this.#style('dim', `${this.#elapsed()}  ${'…'.padEnd(LABEL_WIDTH)}  ${this.#live()}`));
    }
  }

  #clearLive(): void {
    if (this.#live !== undefined && this.#out.isTTY) this.#out.write('\r\u001b[2K');
  }

  #elapsed(): string {
    const tenths = Math.floor((Date.now() - this.#startMs) / 100);
    const minutes = Math.floor(tenths / 600);
    return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`.padStart(8);
  }

  /** Styled on a terminal that has not asked for plain text. */
  #style(style: 'dim' | 'bold', text: string): string {
    return this.#out.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
  }
}
