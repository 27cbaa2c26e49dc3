import { describe, expect, test } from '@jest/globals';
import { aliveOf, interfaceTags, isOurs, type SweptInstance } from './sweep-plan.ts';

const CLUSTER = { clusterName: 'demo', clusterUid: 'uid-1' };
const OURS = {
  'kubernetes.io/cluster/demo': 'owned',
  'karpenter.sh/provisioner-name': 'default',
  'karpenter.sh/cluster-uid': 'uid-1',
};
const { 'karpenter.sh/provisioner-name': _provisioner, ...withoutProvisioner } = OURS;
const { 'karpenter.sh/cluster-uid': _uid, ...withoutUid } = OURS;

describe('what a Provisioner of this cluster has bought', () => {
  test.each([
    ['with all our tags', OURS],
    ['with tags of others beside ours', { ...OURS, team: 'a' }],
    ['from before the UID was a tag', withoutUid],
    ['with an empty Provisioner name', { ...OURS, 'karpenter.sh/provisioner-name': '' }],
  ])('is an instance %s', (_which, tags) => {
    expect(isOurs(tags, CLUSTER)).toBe(true);
  });

  test.each([
    ['of no Provisioner', withoutProvisioner],
    ['of another cluster', { ...OURS, 'kubernetes.io/cluster/demo': '', 'kubernetes.io/cluster/demo-2': 'owned' }],
    ['that the cluster only shares', { ...OURS, 'kubernetes.io/cluster/demo': 'shared' }],
    ['of a managed node group', { ...OURS, 'eks:nodegroup-name': 'system' }],
    ['of an Auto Scaling group', { ...OURS, 'aws:autoscaling:groupName': 'asg' }],
    ['of another cluster with this name', { ...OURS, 'karpenter.sh/cluster-uid': 'uid-2' }],
    ['without tags', {}],
  ])('is no instance %s', (_which, tags) => {
    expect(isOurs(tags, CLUSTER)).toBe(false);
  });

  test('is known by its name alone when the cluster could never be asked', () => {
    const later = { ...OURS, 'karpenter.sh/cluster-uid': 'uid-2' };
    expect(isOurs(later, { clusterName: 'demo', clusterUid: undefined })).toBe(true);
  });

  test('is alive until it is terminated', () => {
    const instance = (state: string): SweptInstance => ({ id: state, state, tags: OURS, networkInterfaceIds: [] });
    const states = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'];
    expect(aliveOf(states.map(instance), CLUSTER).map(({ id }) => id)).toEqual(states.slice(0, -1));
  });

  test.each([
    ['with', OURS],
    ['without', withoutUid],
  ])('names its network interfaces so that they are known without it, %s a UID', (_how, tags) => {
    const instance = { id: 'i-1', state: 'running', tags: { ...tags, Name: 'x' }, networkInterfaceIds: ['eni-1'] };
    expect(interfaceTags(instance, CLUSTER)).toEqual(tags);
    expect(isOurs(interfaceTags(instance, CLUSTER), CLUSTER)).toBe(true);
  });
});
