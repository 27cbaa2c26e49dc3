import { describe, expect, test } from '@jest/globals';
import { iamName } from './names.ts';

describe('a name in IAM', () => {
  test("is the page's where it fits", () => {
    expect(iamName('KarpenterNodeRole', 'demo')).toBe('KarpenterNodeRole-demo');
  });

  test('is cut to 64 characters, and still tells two clusters apart that begin alike', () => {
    const long = 'a-cluster-with-a-name-that-somebody-thought-about-for-long';
    const [one, two] = [iamName('KarpenterNodeRole', `${long}-1`), iamName('KarpenterNodeRole', `${long}-2`)];
    expect([one.length, two.length]).toEqual([64, 64]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^KarpenterNodeRole-a-cluster-with-a-name-.*-[0-9a-f]{8}$/);
  });
});
