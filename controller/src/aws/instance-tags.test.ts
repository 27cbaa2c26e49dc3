import { expect, test } from '@jest/globals';
import { commonTags, ec2Tags, launchTemplateTags, machineTags } from './instance-tags.ts';

const SOURCES = {
  clusterName: 'demo',
  clusterUid: 'uid',
  provisionerName: 'default',
  settingTags: { team: 'z', cost: 'c' },
  templateTags: { Name: 'x', team: 'y' },
};

test('the template wins over the settings, both over our Name, and ownership over all', () => {
  const owned = {
    'kubernetes.io/cluster/demo': 'owned',
    'karpenter.sh/provisioner-name': 'default',
    'karpenter.sh/managed-by': 'demo',
    'karpenter.sh/cluster-uid': 'uid',
  };
  expect(commonTags(SOURCES)).toEqual({ Name: 'x', team: 'y', cost: 'c', ...owned });
  const thief = { ...SOURCES, templateTags: { 'karpenter.sh/managed-by': 'other' } };
  expect(commonTags(thief)).toMatchObject({ Name: 'karpenter.sh/provisioner-name/default', ...owned });
});

test('an instance names its Machine, a launch template its cluster', () => {
  expect(machineTags(SOURCES, { name: 'm', uid: 'u' })).toMatchObject({
    'karpenter.sh/machine-name': 'm',
    'karpenter.sh/machine-uid': 'u',
  });
  expect(launchTemplateTags(SOURCES)).toMatchObject({ 'karpenter.k8s.aws/cluster': 'demo' });
});

test('EC2 gets them by key', () => {
  expect(ec2Tags({ b: '2', B: '3', a: '1' }).map(({ Key }) => Key)).toEqual(['B', 'a', 'b']);
});
