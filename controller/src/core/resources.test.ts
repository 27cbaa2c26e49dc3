import { describe, expect, test } from '@jest/globals';
import {
  addResources,
  amountOf,
  fitsResources,
  formatResources,
  maxResources,
  parseAmount,
  scaleResources,
  subtractResources,
  withoutZeros,
} from './resources.ts';

const GI = 1024 ** 3;

describe('amounts', () => {
  test.each([
    ['cpu', '1500m', 1500],
    ['cpu', '0.1', 100],
    ['memory', '2Gi', 2 * GI],
    ['hugepages-2Mi', '4Mi', 4 * 1024 ** 2],
    ['nvidia.com/gpu', '2', 2],
    ['pods', 110, 110],
  ])('%s %s is %d in its unit', (name, quantity, wantAmount) => {
    expect(parseAmount(name, quantity, 'up')).toBe(wantAmount);
  });

  test('round requests up and capacity down', () => {
    expect(parseAmount('cpu', '0.1m', 'up')).toBe(1);
    expect(parseAmount('cpu', '0.1m', 'down')).toBe(0);
  });

  test('are written as Kubernetes writes them, sorted', () => {
    expect(formatResources({ pods: 110, memory: 2 * GI, cpu: 1500, 'nvidia.com/gpu': 1 })).toEqual({
      cpu: '1500m',
      memory: '2Gi',
      'nvidia.com/gpu': '1',
      pods: '110',
    });
  });

  test('add, subtract, scale and take the maximum resource by resource', () => {
    expect(addResources({ cpu: 1 }, { cpu: 2, memory: 3 })).toEqual({ cpu: 3, memory: 3 });
    expect(subtractResources({ cpu: 1 }, { cpu: 2, memory: 3 })).toEqual({ cpu: -1, memory: -3 });
    expect(scaleResources({ cpu: 250 }, 4)).toEqual({ cpu: 1000 });
    expect(maxResources({ cpu: 1, pods: -1 }, { cpu: 2, memory: 3 })).toEqual({ cpu: 2, memory: 3, pods: 0 });
  });

  test('saturate rather than lose exactness', () => {
    const huge = { memory: Number.MAX_SAFE_INTEGER };
    expect(addResources(huge, huge)).toEqual(huge);
    expect(scaleResources(huge, 1000)).toEqual(huge);
  });

  test('fit when all that is asked for is there, to the last unit', () => {
    expect(fitsResources({ cpu: 1000 }, { cpu: 1000 })).toBe(true);
    expect(fitsResources({ cpu: 1001 }, { cpu: 1000 })).toBe(false);
    expect(fitsResources({ 'nvidia.com/gpu': 1 }, { cpu: 1000 })).toBe(false);
  });

  test('do not mind a shortage of what is not asked for', () => {
    expect(fitsResources({ cpu: 1000, 'nvidia.com/gpu': 0 }, { cpu: 1000, memory: -5 })).toBe(true);
  });

  test('take a resource for what it is even when JavaScript knows its name', () => {
    expect(amountOf({}, 'constructor')).toBe(0);
    expect(fitsResources({ constructor: 1 }, {})).toBe(false);
  });

  test('of zero can be dropped', () => {
    expect(withoutZeros({ cpu: 0, memory: 1 })).toEqual({ memory: 1 });
  });
});
