import { describe, expect, test } from '@jest/globals';
import type { Deployment, ReplicaSet } from '../../kube/built-in-kinds.ts';
import { rolloutStep } from './rollout-step.ts';

type Counts = readonly [replicas: number, available: number];

const replicaSet = (name: string, [replicas, availableReplicas]: Counts): ReplicaSet =>
  ({ metadata: { name }, spec: { replicas }, status: { availableReplicas } }) as unknown as ReplicaSet;

describe('one step of a rollout', () => {
  const rolling = (maxSurge: string | number, maxUnavailable: string | number) => ({
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge, maxUnavailable },
  });
  test.each<[string, Deployment['spec']['strategy'], number, Counts, Counts, readonly [number, number]]>([
    ['a Deployment with one template just gets its replicas', undefined, 15, [0, 0], [0, 0], [15, 0]],
    ['a scale down needs no rollout', undefined, 2, [5, 5], [0, 0], [2, 0]],
    ['a quarter more may come and a quarter of the old may go at once', undefined, 4, [0, 0], [4, 4], [1, 3]],
    ['no old pod goes before a new one serves, when none may be missing', rolling(1, 0), 4, [1, 0], [4, 4], [1, 4]],
    ['one old pod goes for the new one that serves', rolling(1, 0), 4, [1, 1], [4, 4], [1, 3]],
    ['old pods that do not serve go first', rolling(1, 1), 4, [1, 0], [4, 2], [1, 3]],
    ['a rollout that could not move at all may miss one', rolling(0, 0), 4, [0, 0], [4, 4], [0, 3]],
    ['Recreate empties the old before it fills the new', { type: 'Recreate' }, 3, [0, 0], [3, 3], [0, 0]],
  ])('%s', (_, strategy, replicas, current, old, want) => {
    const deployment = { metadata: { name: 'web' }, spec: { replicas, strategy } } as unknown as Deployment;
    const steps = rolloutStep(deployment, replicaSet('new', current), [replicaSet('old', old)], old[0] > 0);
    expect([steps.get('new') ?? current[0], steps.get('old') ?? old[0]]).toEqual(want);
  });

  test('while paused amid a rollout nothing moves', () => {
    const deployment = { metadata: { name: 'web' }, spec: { replicas: 4, paused: true } } as unknown as Deployment;
    expect(rolloutStep(deployment, replicaSet('new', [1, 1]), [replicaSet('old', [3, 3])], true).size).toBe(0);
  });
});
