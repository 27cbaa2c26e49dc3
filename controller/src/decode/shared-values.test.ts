import { describe, expect, test } from '@jest/globals';
import { createSharedValues } from './shared-values.ts';

describe('shared values', () => {
  test('are one object as long as their content is equal', () => {
    const values = createSharedValues();
    expect(values.shared({ a: [1] })).toBe(values.shared({ a: [1] }));
    expect(values.shared({ a: [1] })).not.toBe(values.shared({ a: [2] }));
  });

  test('are forgotten when too many others came since anyone asked for them', () => {
    const values = createSharedValues(10);
    const asked = values.shared({ name: 'asked for' });
    const forgotten = values.shared({ name: 'forgotten' });
    for (let index = 0; index < 25; index += 1) {
      values.shared({ index });
      expect(values.shared({ name: 'asked for' })).toBe(asked);
    }
    expect(values.shared({ name: 'forgotten' })).not.toBe(forgotten);
    expect(values.shared({ name: 'forgotten' })).toEqual(forgotten);
  });
});
