import { describe, expect, test } from '@jest/globals';
import type { StatusCondition } from '../api/provisioner.gen.ts';
import { CONDITION_MESSAGE_MAX, isoSeconds, withStatements } from './conditions.ts';

const T0 = Date.UTC(2026, 0, 1);
const ready: StatusCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Fine',
  message: '',
  lastTransitionTime: isoSeconds(T0),
  observedGeneration: 1,
};

describe('statements on conditions', () => {
  test('that say what stands there already leave the very same array, so that nothing is written', () => {
    const old = [ready];
    const same = { type: 'Ready', status: 'True', reason: 'Fine' } as const;
    expect(withStatements(old, [same], { nowMs: T0 + 60_000, generation: 1 })).toBe(old);
  });

  test('move the transition time with the status, not with reason or generation', () => {
    const other = { type: 'Ready', status: 'True', reason: 'Finer' } as const;
    const later = { nowMs: T0 + 60_000, generation: 2 };
    expect(withStatements([ready], [other], later)).toEqual([{ ...ready, reason: 'Finer', observedGeneration: 2 }]);
    const worse = { type: 'Ready', status: 'False', reason: 'Bad' } as const;
    expect(withStatements([ready], [worse], later)[0]).toMatchObject({
      status: 'False',
      lastTransitionTime: '2026-01-01T00:01:00Z',
    });
  });

  test('leave types alone of which they do not speak, and add new ones at the end', () => {
    const news = { type: 'Stalled', status: 'False', reason: 'Fine' } as const;
    const after = withStatements([ready], [news], { nowMs: T0 });
    expect(after.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    expect(after[0]).toBe(ready);
  });

  test('cut a long message, always at the same place', () => {
    const long = { type: 'Ready', status: 'False', reason: 'Bad', message: 'x'.repeat(1_000) } as const;
    const once = withStatements([ready], [long], { nowMs: T0, generation: 1 });
    expect(once[0]?.message).toBe(`${'x'.repeat(CONDITION_MESSAGE_MAX)}...`);
    expect(withStatements(once, [long], { nowMs: T0 + 1, generation: 1 })).toBe(once);
  });

  test('write times as Kubernetes does: whole seconds, rounded down', () => {
    expect(isoSeconds(T0 + 1_999)).toBe('2026-01-01T00:00:01Z');
  });
});
