import { describe, expect, test } from '@jest/globals';
import { clusterScopedName } from './names.ts';

describe('a name in AWS', () => {
  test("is the page's where it fits", () => {
    expect(clusterScopedName('KarpenterNodeRole', 'demo')).toBe('KarpenterNodeRole-demo');
  });

  test('is cut to 64 characters, and still tells two clusters apart that begin alike', () => {
    const long = 'a-cluster-with-a-name-that-somebody-thought-about-for-long';
    const [one, two] = [
      clusterScopedName('KarpenterNodeRole', `${long}-1`),
      clusterScopedName('KarpenterNodeRole', `${long}-2`),
    ];
    expect([one.length, two.length]).toEqual([64, 64]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^KarpenterNodeRole-a-cluster-with-a-name-.*-[0-9a-f]{8}$/);
  });
});
