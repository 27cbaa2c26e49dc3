import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../faults.ts';
import { createVirtualTimers } from '../virtual-timers.ts';
import { type CloudModelOptions, createCloudModel } from './cloud-model.ts';
import { deleteTags, describeTags } from './tags.ts';

function setUp(options: Partial<CloudModelOptions> = {}) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  return createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', ...options });
}

describe('a bare account', () => {
  test('holds a cluster, three private subnets and a public one, and nothing that lets nodes in', () => {
    const { state } = setUp({ account: 'bare' });
    expect(state.subnets.map(({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch)).toEqual([false, false, false, true]);
    expect(state.cluster.subnetIds).toHaveLength(4);
    expect(state.iam).toMatchObject({ roles: {}, policies: {}, instanceProfiles: {}, oidcProviders: {} });
    expect(state.accessEntries).toEqual({});
  });

  test('has only the discovery tag that EKS itself puts on the cluster security group', () => {
    const model = setUp({ account: 'bare' });
    const keys = ['kubernetes.io/cluster/demo', 'karpenter.sh/discovery'];
    const found = describeTags(model, [{ name: 'key', values: keys }]);
    expect(found).toEqual([
      {
        resourceId: model.state.cluster.securityGroupId,
        resourceType: 'security-group',
        key: 'kubernetes.io/cluster/demo',
        value: 'owned',
      },
    ]);
  });
});

describe('a prepared account', () => {
  test('is a bare one and what the getting-started page adds', () => {
    const { state } = setUp();
    expect(Object.keys(state.iam.instanceProfiles)).toEqual(['KarpenterNodeInstanceProfile-demo']);
    expect(Object.keys(state.accessEntries)).toEqual(['arn:aws:iam::123456789012:role/KarpenterNodeRole-demo']);
    expect(state.subnets.map(({ tags }) => tags['karpenter.sh/discovery'])).toEqual(['demo', 'demo', 'demo']);
  });

  test('leaves the letting in to aws-auth where the cluster asks nothing else', () => {
    expect(setUp({ authenticationMode: 'CONFIG_MAP' }).state.accessEntries).toEqual({});
  });
});

test('removing all tags leaves those of AWS', () => {
  const model = setUp({ account: 'bare' });
  const id = model.state.cluster.securityGroupId;
  deleteTags(model, [id], []);
  expect(describeTags(model, [{ name: 'resource-id', values: [id] }]).map(({ key }) => key)).toEqual([
    'aws:eks:cluster-name',
  ]);
});
