import { describe, expect, test } from '@jest/globals';
import { machineObject, type NodeParts, nodeObject, tell } from '../../test/cluster-objects.ts';
import { ClusterState } from '../state/cluster-state.ts';
import type { KnownMachine, KnownNode } from '../state/records.ts';
import { obstacleOf } from './machine-initialization.ts';

const SPEC = {
  startupTaints: [{ key: 'agent', value: 'starting', effect: 'NoExecute' }],
  resources: { requests: { cpu: '1', 'nvidia.com/gpu': '1', 'example.com/none': '0' } },
};
const WITH_GPU = { cpu: '4', memory: '16Gi', 'nvidia.com/gpu': '1' };

function obstacle(parts: NodeParts): string | undefined {
  const state = new ClusterState();
  tell(state, nodeObject('n', parts), machineObject('m', { spec: SPEC }));
  const node = state.nodes.get('n')?.node as KnownNode;
  const machine = state.machines.get('m')?.machine as KnownMachine;
  return obstacleOf(node, machine)?.reason;
}

describe('what keeps a node from being initialized', () => {
  test.each<[string, NodeParts, string | undefined]>([
    ['nothing, once it is ready and offers what was asked for', { allocatable: WITH_GPU }, undefined],
    ['that it is not ready', { allocatable: WITH_GPU, isReady: false }, 'NodeNotReady'],
    [
      'a startup taint, whatever its value has become',
      { allocatable: WITH_GPU, taints: [{ key: 'agent', value: 'done', effect: 'NoExecute' }] },
      'StartupTaintsExist',
    ],
    [
      'an ephemeral taint',
      { allocatable: WITH_GPU, taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
      'KnownEphemeralTaintsExist',
    ],
    ['a device that was asked for and is not reported yet', {}, 'ResourceNotRegistered'],
    [
      'not a taint that somebody else put there',
      { allocatable: WITH_GPU, taints: [{ key: 'example.com/own', effect: 'NoSchedule' }] },
      undefined,
    ],
  ])('is %s', (_, parts, want) => {
    expect(obstacle(parts)).toBe(want);
  });
});
