import { describe, expect, test } from '@jest/globals';
import { imageTag } from './image-tag.ts';

const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) });
const FILES = [file('main.js', 'a'), file('package.json', 'b')];

describe('the tag of a built image', () => {
  test('is the same for the same contents, in whatever order they are listed', () => {
    expect(imageTag('1.0.0', FILES, 'node@sha256:1')).toMatch(/^1\.0\.0-[0-9a-f]{12}$/);
    expect(imageTag('1.0.0', FILES.toReversed(), 'node@sha256:1')).toBe(imageTag('1.0.0', FILES, 'node@sha256:1'));
  });

  test.each([
    ['a file', [file('main.js', 'c'), file('package.json', 'b')], 'node@sha256:1'],
    ["a file's name", [file('main.mjs', 'a'), file('package.json', 'b')], 'node@sha256:1'],
    ['where one file ends', [file('main.js', 'ab'), file('package.json', '')], 'node@sha256:1'],
    ['the base image', FILES, 'node@sha256:2'],
  ])('is another one when %s changes', (_what, files, baseImage) => {
    expect(imageTag('1.0.0', files, baseImage)).not.toBe(imageTag('1.0.0', FILES, 'node@sha256:1'));
  });
});
