// The CEL by which Flux judges our kinds, asked in Flux's own order.
import { describe, expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import type { KubeObject } from '../../src/api/meta.ts';
import { read } from './kustomize.ts';

interface HealthCheck {
  readonly apiVersion: string;
  readonly kind: string;
  readonly inProgress: string;
  readonly failed: string;
  readonly current: string;
}

const environment = new Environment({ unlistedVariablesAreDyn: true });
const checks = read('flux/kustomizations.yaml').flatMap(
  ({ spec }) => (spec as { readonly healthCheckExprs?: readonly HealthCheck[] }).healthCheckExprs ?? [],
);

/** The first of the three that holds. One that cannot be evaluated is an error to Flux: it looks again until its timeout. */
function verdictOn({ inProgress, failed, current }: HealthCheck, object: Readonly<Record<string, unknown>>): string {
  try {
    for (const [name, expression] of Object.entries({ inProgress, failed, current })) {
      if (environment.evaluate(expression, withCelIntegers(object)) === true) return name;
    }
    return 'inProgress';
  } catch {
    return 'inProgress, by error';
  }
}

// CEL's integers are bigints to the library.
function withCelIntegers(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(object), (_, value) => (Number.isInteger(value) ? BigInt(value) : value));
}

const condition = (type: string, status: string) => ({ type, status, reason: 'Any' });
const READY = [condition('Ready', 'True'), condition('Reconciling', 'False'), condition('Stalled', 'False')];
const STALLED = [condition('Ready', 'False'), condition('Reconciling', 'False'), condition('Stalled', 'True')];
const RESOLVING = [condition('Ready', 'Unknown'), condition('Reconciling', 'True'), condition('Stalled', 'False')];
const FULL = [...READY, condition('LimitsReached', 'True')];

test('Flux is told how each kind that lives in git is judged', () => {
  expect(checks.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'karpenter.sh/v1alpha5 Provisioner',
    'karpenter.k8s.aws/v1alpha1 AWSNodeTemplate',
  ]);
});

describe.each(checks.map((check) => [check.kind, check] as const))('a %s', (_, check) => {
  const judged = (generation: number, status?: Pick<KubeObject, string>) =>
    verdictOn(check, { metadata: { generation }, spec: {}, ...(status === undefined ? {} : { status }) });

  test.each([
    { story: 'resolved is current', observed: 2, conditions: READY, want: 'current' },
    { story: 'with full limits is current: that is normal operation', observed: 2, conditions: FULL, want: 'current' },
    { story: 'that only a human can mend has failed', observed: 2, conditions: STALLED, want: 'failed' },
    { story: 'still resolving is in progress', observed: 2, conditions: RESOLVING, want: 'inProgress' },
    { story: 'resolved in an older generation is in progress', observed: 1, conditions: READY, want: 'inProgress' },
    { story: 'broken in an older generation is in progress', observed: 1, conditions: STALLED, want: 'inProgress' },
    { story: 'without conditions yet is in progress', observed: 2, conditions: undefined, want: 'inProgress' },
    { story: 'without a verdict among its conditions is in progress', observed: 2, conditions: [], want: 'inProgress' },
  ])('$story', ({ observed, conditions, want }) => {
    expect(judged(2, { observedGeneration: observed, ...(conditions === undefined ? {} : { conditions }) })).toBe(want);
  });

  test('with a status in which nobody has spoken yet is in progress', () => {
    expect(judged(1, {})).toBe('inProgress');
  });

  test('without a status is waited for, because the expressions fail on it', () => {
    expect(judged(1)).toBe('inProgress, by error');
  });
});
