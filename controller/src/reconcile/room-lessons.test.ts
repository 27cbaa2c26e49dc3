import { describe, expect, test } from '@jest/globals';
import { RoomLessons } from './room-lessons.ts';

const HOUR_MS = 60 * 60_000;
const SMALL = { cpu: 900, memory: 4_000 };
const ONE_CPU = [{ cpu: 1000 }];

/** Lessons after which nodes of the kind `large`, by Machine, have left so much. */
function lessonsOf(rooms: Readonly<Record<string, { cpu: number; memory: number }>>): RoomLessons {
  const lessons = new RoomLessons();
  for (const [machineName, room] of Object.entries(rooms)) lessons.learn('large', machineName, room, 0);
  return lessons;
}

describe('what nodes have been found to leave for pods', () => {
  test('one that is too small may be odd; the second speaks for its kind, and says so once', () => {
    const lessons = new RoomLessons();
    expect(lessons.learn('large', 'm-1', SMALL, 0)).toBe(false);
    expect(lessons.learn('large', 'm-1', SMALL, 1)).toBe(false);
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(false);
    expect(lessons.learn('large', 'm-2', SMALL, 2)).toBe(true);
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(true);
    expect(lessons.learn('large', 'm-3', SMALL, 3)).toBe(false);
  });

  test.each([
    ['of another kind', 'larger', ONE_CPU, false],
    ['pods that fit', 'large', [{ cpu: 900 }], false],
    ['pods of which one needs too much of another resource', 'large', [{ cpu: 1 }, { cpu: 1, memory: 4_001 }], true],
  ])('say of %s', (_, kind, requests, isTooSmall) => {
    expect(lessonsOf({ 'm-1': SMALL, 'm-2': SMALL }).isTooSmall(kind, requests)).toBe(isTooSmall);
  });

  test('a node that has room after all takes its lesson back', () => {
    const lessons = lessonsOf({ 'm-1': SMALL, 'm-2': SMALL });
    for (const name of ['m-2', 'm-9']) lessons.see('large', name, { cpu: 1900, memory: 4_000 });
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(false);
    lessons.learn('large', 'm-3', SMALL, 1);
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(true);
  });

  test('are forgotten an hour later, unless seen again', () => {
    const lessons = lessonsOf({ 'm-1': SMALL, 'm-2': SMALL, 'm-3': SMALL });
    for (const name of ['m-1', 'm-2']) lessons.learn('large', name, SMALL, 1);
    lessons.prune(HOUR_MS);
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(true);
    lessons.prune(HOUR_MS + 1);
    expect(lessons.isTooSmall('large', ONE_CPU)).toBe(false);
  });
});
