import { describe, expect, test } from '@jest/globals';
import { machineObject, nodeObject, podObject, removed, tell } from '../../test/cluster-objects.ts';
import { ClusterState } from '../state/cluster-state.ts';
import { Nominations, nominationMs } from './nominations.ts';

const ID = 'aws:///us-east-1a/i-0aaa';

function pendingPods(...names: readonly string[]): ClusterState {
  const state = new ClusterState();
  tell(state, ...names.map((name) => podObject(name)));
  return state;
}

describe('nominations', () => {
  test('keep a node for its pods until their time is over', () => {
    const state = pendingPods('a', 'b');
    const nominations = new Nominations();
    nominations.nominate('n', ['uid-b', 'uid-a'], 1_000);
    expect(nominations.nominatedPods(['n', undefined], state, 999)).toEqual(['default/a', 'default/b']);
    expect(nominations.nominatedPods(['n'], state, 1_000)).toEqual([]);
    expect(nominations.nominatedPods(['other'], state, 0)).toEqual([]);
  });

  test('end with the pod: bound, or gone', () => {
    const state = pendingPods('a', 'b');
    const nominations = new Nominations();
    nominations.nominate('n', ['uid-a', 'uid-b'], 1_000);
    tell(state, podObject('a', { nodeName: 'elsewhere', version: 2 }));
    state.apply(removed(podObject('b', { version: 2 })));
    expect(nominations.nominatedPods(['n'], state, 0)).toEqual([]);
    expect(nominations.expected(state).size).toBe(0);
  });

  test('expect a pod in one place: where the latest plan put it, whatever was nominated first', () => {
    const state = pendingPods('a', 'b');
    const nominations = new Nominations();
    nominations.nominate('x', ['uid-a', 'uid-b'], 1_000);
    nominations.nominate('y', ['uid-a'], 1_000);
    nominations.nominate('x', ['uid-a'], 1_000);
    expect([...nominations.expected(state)]).toEqual([['uid-a', 'x']]);
    expect(nominations.nominatedPods(['y'], state, 0)).toEqual([]);
  });

  test('follow a Machine to the Node that it becomes', () => {
    const state = pendingPods('a');
    const nominations = new Nominations();
    nominations.nominate('m', ['uid-a'], 1_000);
    tell(state, machineObject('m', { providerId: ID }));
    expect(nominations.expected(state).get('uid-a')).toBe('m');
    tell(state, nodeObject('n', { providerId: ID }));
    expect(nominations.expected(state).get('uid-a')).toBe('n');
  });

  test('last twice the longest batch, at least ten seconds', () => {
    expect(nominationMs(10_000)).toBe(20_000);
    expect(nominationMs(1_000)).toBe(10_000);
  });
});
