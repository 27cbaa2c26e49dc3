import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../faults.ts';
import { createVirtualTimers } from '../virtual-timers.ts';
import { type CloudModelOptions, createCloudModel } from './cloud-model.ts';
import { createFleet, type FleetRequest } from './fleet.ts';
import { createLaunchTemplate, createLaunchTemplateVersion } from './launch-templates.ts';
import { freeAddressCount } from './subnets.ts';

function setUp(options: Partial<CloudModelOptions> = {}) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', ...options });
  const imageId = model.state.images.find(({ name }) => name.startsWith('amazon-eks-node-1.31'))?.id ?? '';
  const data = { imageId, securityGroupIds: [], volumes: [], tagSpecifications: [] };
  createLaunchTemplate(model, 'nodes', data, {});
  const subnet = (zone: string) =>
    model.state.subnets.find((candidate) => candidate.zone === zone) ?? model.state.subnets[0];
  const request = (rest: Partial<FleetRequest> = {}): FleetRequest => ({
    capacityType: 'on-demand',
    totalTargetCapacity: 1,
    configs: [
      {
        launchTemplate: { name: 'nodes', version: '$Latest' },
        overrides: [{ instanceType: 'm5.large', subnetId: subnet('us-east-1a')?.id ?? '' }],
      },
    ],
    tagSpecifications: [],
    ...rest,
  });
  return { model, data, request, subnet };
}

describe('a fleet', () => {
  test('launches what fits into the quota and says what does not', () => {
    const { model, request } = setUp({ vcpuQuota: 5 });
    const answer = createFleet(model, request({ totalTargetCapacity: 4 }));
    expect(answer.instances).toHaveLength(2);
    expect(answer.errors.map(({ code }) => code)).toEqual(['VcpuLimitExceeded']);
  });

  test('takes one address of the subnet for each instance, until there are none', () => {
    const { model, request, subnet } = setUp();
    const only = subnet('us-east-1a');
    if (only === undefined) throw new Error('no subnet');
    model.state.subnets = [{ ...only, cidr: '10.0.0.0/28' }];
    const answer = createFleet(model, request({ totalTargetCapacity: 20 }));
    const addresses = Object.values(model.state.instances).map(({ privateIp }) => privateIp);
    expect(answer.instances).toHaveLength(11);
    expect([...new Set(addresses)]).toHaveLength(11);
    expect([addresses[0], addresses.at(-1)]).toEqual(['10.0.0.4', '10.0.0.14']);
    expect(answer.errors.map(({ code }) => code)).toEqual(['InsufficientFreeAddressesInSubnet']);
    expect(model.state.subnets.map(freeAddressCount)).toEqual([0]);
  });

  test('without a client token is a new one each time', () => {
    const { model, request } = setUp();
    createFleet(model, request());
    createFleet(model, request());
    expect(model.ledger()).toHaveLength(2);
  });

  test('boots the version that its request names', () => {
    const { model, data, request } = setUp();
    createLaunchTemplateVersion(
      model,
      { name: 'nodes' },
      { ...data, instanceProfile: 'KarpenterNodeInstanceProfile-demo' },
    );
    createFleet(model, request());
    const older = request().configs.map((config) => ({ ...config, launchTemplate: { name: 'nodes', version: '1' } }));
    createFleet(model, request({ configs: older }));
    const profiles = Object.values(model.state.instances).map((instance) => instance.data.instanceProfile);
    expect(profiles).toEqual(['KarpenterNodeInstanceProfile-demo', undefined]);
  });

  test('prefers by priority where the strategy says so, by price otherwise', () => {
    const { model, request, subnet } = setUp();
    const subnetId = subnet('us-east-1a')?.id ?? '';
    const overrides = [
      { instanceType: 'm5.large', subnetId, priority: 1 },
      { instanceType: 'm5.xlarge', subnetId, priority: 0 },
    ];
    const configs = [{ launchTemplate: { name: 'nodes' }, overrides }];
    const launched = (allocationStrategy: string) =>
      createFleet(model, request({ configs, allocationStrategy })).instances.map(
        ({ override }) => override.instanceType,
      );
    expect(launched('capacity-optimized-prioritized')).toEqual(['m5.xlarge']);
    expect(launched('lowest-price')).toEqual(['m5.large']);
  });
});

test('all that the stand-in remembers is plain JSON', () => {
  const { model, request } = setUp();
  createFleet(model, request({ clientToken: 'token' }));
  expect(JSON.parse(JSON.stringify(model.state))).toEqual(model.state);
});
