import type { Clock } from '../ports/clock.ts';

interface Answer<T> {
  readonly value: Promise<T>;
  expiresAtMs: number;
}

/** Answers of AWS by question, kept for a time. Callers that ask while an answer is on its way share it. */
export interface CachedAnswers<T> {
  /** The kept answer to `question`, or that of `ask`, which is then kept. Failures are not kept. */
  get(question: string, ask: () => Promise<T>): Promise<T>;
  /** Forgets one answer. */
  forget(question: string): void;
}

/** Questions come from templates and settings, of which no cluster has this many at once; the oldest answer goes first. */
const ANSWERS_MAX = 1_000;

/** An empty cache whose answers live for `ttlMs` from the moment they were asked for, or from each use when `sliding`. */
export function createCachedAnswers<T>(
  clock: Pick<Clock, 'nowMs'>,
  ttlMs: number,
  { sliding = false } = {},
): CachedAnswers<T> {
  const answers = new Map<string, Answer<T>>();

  function keep(question: string, value: Promise<T>): Promise<T> {
    answers.delete(question);
    const oldest = answers.size >= ANSWERS_MAX ? answers.keys().next().value : undefined;
    if (oldest !== undefined) answers.delete(oldest);
    const answer = { value, expiresAtMs: clock.nowMs() + ttlMs };
    answers.set(question, answer);
    value.catch(() => {
      // The caller gets the failure; here it only means that there is nothing to keep.
      if (answers.get(question) === answer) answers.delete(question);
    });
    return value;
  }

  return {
    get(question, ask) {
      const answer = answers.get(question);
      if (answer === undefined || answer.expiresAtMs <= clock.nowMs()) return keep(question, ask());
      if (sliding) answer.expiresAtMs = clock.nowMs() + ttlMs;
      return answer.value;
    },
    forget(question) {
      answers.delete(question);
    },
  };
}
