import { describe, expect, test } from '@jest/globals';
import { listed, podObject, removed, tell } from '../../test/cluster-objects.ts';
import type { KubeObject } from '../api/meta.ts';
import { ClusterState } from './cluster-state.ts';

/** A DaemonSet whose template asks for so much cpu. */
function daemonSet(cpu: string, version = 1): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'owner', namespace: 'default', uid: 'uid-owner', resourceVersion: String(version) },
    spec: { template: { spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }] } } },
  };
}

/** A pod of it, as it came through admission. */
function daemon(name: string, cpu: string, createdAt = '2026-01-01T00:00:00Z'): KubeObject {
  const pod = podObject(name, { cpu, ownerKind: 'DaemonSet', nodeName: 'n', phase: 'Running' });
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: createdAt } };
}

const cpuOf = (state: ClusterState) => state.daemons.values().map(({ requests }) => requests['cpu']);

describe('what a DaemonSet is taken to ask for', () => {
  test('is its template, until there is a pod of it', () => {
    const state = new ClusterState();
    tell(state, daemonSet('100m'), podObject('other', { cpu: '3', nodeName: 'n' }));
    expect(cpuOf(state)).toEqual([100]);
  });

  test('is what its newest pod asks for, whatever came to that on its way in, in whichever order they are heard of', () => {
    const pods = [daemon('new', '1500m', '2026-01-01T00:05:00Z'), daemon('old', '700m')];
    for (const order of [pods, pods.toReversed()]) {
      const state = new ClusterState();
      tell(state, ...order, daemonSet('100m'));
      expect(cpuOf(state)).toEqual([1_500]);
    }
  });

  test('is remembered when the pod has gone with its node: the next node would be too small again', () => {
    const state = new ClusterState();
    const pod = daemon('a', '1500m');
    tell(state, daemonSet('100m'), pod);
    state.apply(removed(pod));
    expect(cpuOf(state)).toEqual([1_500]);
  });

  test('is its template again when that asks for something else, until a pod of the new one has come', () => {
    const state = new ClusterState();
    tell(state, daemonSet('100m'), daemon('a', '1500m'), daemonSet('200m', 2));
    expect(cpuOf(state)).toEqual([200]);
    // Pods of the old template are not gone yet, and are heard of.
    tell(state, daemon('a', '1500m'));
    expect(cpuOf(state)).toEqual([200]);
    tell(state, daemon('b', '1600m', '2026-01-01T00:05:00Z'));
    expect(cpuOf(state)).toEqual([1_600]);
  });

  test('is nothing when it is gone', () => {
    const state = new ClusterState();
    tell(state, daemonSet('100m'), daemon('a', '1500m'));
    state.apply(listed('DaemonSet'));
    expect(cpuOf(state)).toEqual([]);
    tell(state, daemonSet('100m'));
    expect(cpuOf(state)).toEqual([100]);
  });
});
