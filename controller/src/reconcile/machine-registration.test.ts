import { describe, expect, test } from '@jest/globals';
import { machineObject, type NodeParts, nodeObject, tell } from '../../test/cluster-objects.ts';
import type { Machine } from '../api/machine.gen.ts';
import { ClusterState } from '../state/cluster-state.ts';
import type { NodeRecord } from '../state/records.ts';
import { registrationPatch } from './machine-registration.ts';

function recordOf(parts: NodeParts, ownerReferences: object[] = []): NodeRecord {
  const state = new ClusterState();
  const object = nodeObject('n', parts);
  object.metadata.ownerReferences = ownerReferences as NonNullable<typeof object.metadata.ownerReferences>;
  tell(state, object);
  return state.nodes.get('n') as NodeRecord;
}

const MACHINE = machineObject('m', {
  labels: { team: 'a' },
  annotations: {
    'example.com/owner': 'a',
    'karpenter.sh/provisioner-hash': '1',
    'compatibility.karpenter.sh/provider': '{}',
    'karpenter.sh/reserved-capacity': '{}',
  },
  spec: {
    taints: [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }],
    startupTaints: [{ key: 'agent', effect: 'NoExecute' }],
  },
}) as unknown as Machine;

describe('what a Node gets when it is registered', () => {
  test('is labels and annotations of its Machine, but not those that speak of the Machine alone', () => {
    const patch = registrationPatch(recordOf({}), MACHINE) as { metadata: Record<string, object> };
    expect(patch.metadata['labels']).toEqual({
      team: 'a',
      'karpenter.sh/provisioner-name': 'default',
      'karpenter.sh/registered': 'true',
    });
    expect(patch.metadata['annotations']).toEqual({ 'example.com/owner': 'a', 'karpenter.sh/provisioner-hash': '1' });
  });

  test('is our finalizer and the Machine as owner, beside those of others and instead of a Provisioner', () => {
    const owners = [
      { apiVersion: 'x/v1', kind: 'Other', name: 'o', uid: 'uid-o' },
      { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Provisioner', name: 'default', uid: 'uid-p' },
    ];
    const patch = registrationPatch(recordOf({ finalizers: ['example.com/own'] }, owners), MACHINE);
    expect(patch).toMatchObject({
      metadata: {
        finalizers: ['example.com/own', 'karpenter.sh/termination'],
        ownerReferences: [
          { kind: 'Other', uid: 'uid-o' },
          { kind: 'Machine', uid: 'uid-m', blockOwnerDeletion: true },
        ],
      },
    });
  });

  test('is the taints it lacks; one with the same key and effect is left as it is, whatever its value', () => {
    const taints = [
      { key: 'dedicated', value: 'b', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    ];
    expect(registrationPatch(recordOf({ taints }), MACHINE)['spec']).toEqual({
      taints: [...taints, { key: 'agent', effect: 'NoExecute' }],
    });
  });

  test('is the same when it is given a second time', () => {
    const first = registrationPatch(recordOf({}), MACHINE) as {
      metadata: { finalizers: string[]; ownerReferences: object[] };
      spec: { taints: NonNullable<NodeParts['taints']> };
    };
    const again = recordOf(
      { finalizers: first.metadata.finalizers, taints: first.spec.taints },
      first.metadata.ownerReferences,
    );
    expect(registrationPatch(again, MACHINE)).toEqual(first);
  });
});
