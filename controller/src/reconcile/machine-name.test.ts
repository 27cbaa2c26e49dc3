import { describe, expect, test } from '@jest/globals';
import { machineName } from './machine-name.ts';

const FREE = () => false;

describe('the name of a Machine', () => {
  test('is the same for the same pod, so that a creation cut off meets itself', () => {
    expect(machineName('default', 'uid-1', FREE)).toBe(machineName('default', 'uid-1', FREE));
    expect(machineName('default', 'uid-1', FREE)).not.toBe(machineName('default', 'uid-2', FREE));
    expect(machineName('other', 'uid-1', FREE)).not.toContain('default');
  });

  test('is a valid name: the Provisioner and six characters of the alphabet of generated names', () => {
    expect(machineName('default', 'uid-1', FREE)).toMatch(/^default-[bcdfghjklmnpqrstvwxz2456789]{6}$/);
  });

  test('moves on, always the same way, when the pod had a Machine before', () => {
    const first = machineName('default', 'uid-1', FREE);
    const second = machineName('default', 'uid-1', (name) => name === first);
    expect(second).not.toBe(first);
    expect(machineName('default', 'uid-1', (name) => name === first)).toBe(second);
  });
});
