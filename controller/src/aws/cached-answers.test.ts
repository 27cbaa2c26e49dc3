import { expect, test } from '@jest/globals';
import { createCachedAnswers } from './cached-answers.ts';

function counter() {
  let asked = 0;
  return async () => ++asked;
}

test('an answer is kept until it is too old, and callers that ask at once share it', async () => {
  let nowMs = 0;
  const ask = counter();
  const answers = createCachedAnswers<number>({ nowMs: () => nowMs }, 1_000);
  expect(await Promise.all([answers.get('a', ask), answers.get('a', ask)])).toEqual([1, 1]);
  nowMs = 999;
  expect(await answers.get('a', ask)).toBe(1);
  nowMs = 1_000;
  expect(await answers.get('a', ask)).toBe(2);
});

test('a sliding answer lives on while it is used', async () => {
  let nowMs = 0;
  const ask = counter();
  const answers = createCachedAnswers<number>({ nowMs: () => nowMs }, 1_000, { sliding: true });
  for (nowMs = 0; nowMs <= 5_000; nowMs += 900) expect(await answers.get('a', ask)).toBe(1);
  nowMs += 1_000;
  expect(await answers.get('a', ask)).toBe(2);
});

test('a failure is not kept, and a forgotten answer is asked for again', async () => {
  const ask = counter();
  const answers = createCachedAnswers<number>({ nowMs: () => 0 }, 1_000);
  await expect(answers.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await answers.get('a', ask)).toBe(1);
  answers.forget('a');
  expect(await answers.get('a', ask)).toBe(2);
});

test('the oldest answer makes room when there are too many', async () => {
  const ask = counter();
  const answers = createCachedAnswers<number>({ nowMs: () => 0 }, 1_000);
  for (let index = 0; index <= 1_000; index += 1) await answers.get(`question ${index}`, async () => index);
  expect(await answers.get('question 1', ask)).toBe(1);
  expect(await answers.get('question 0', async () => -1)).toBe(-1);
});
