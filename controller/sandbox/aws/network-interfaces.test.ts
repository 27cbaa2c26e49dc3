import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../faults.ts';
import { createVirtualTimers } from '../virtual-timers.ts';
import { createCloudModel } from './cloud-model.ts';
import type { Instance } from './cloud-state.ts';
import { createFleet } from './fleet.ts';
import { terminateInstances } from './instances.ts';
import { createLaunchTemplate } from './launch-templates.ts';
import { attachPodInterface, deleteNetworkInterface, describeNetworkInterfaces } from './network-interfaces.ts';
import { freeAddressCount } from './subnets.ts';

function setUp() {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo' });
  const imageId = model.state.images.find(({ name }) => name.startsWith('amazon-eks-node-1.31'))?.id ?? '';
  const tagSpecifications = [{ resourceType: 'network-interface', tags: { team: 'a' } }];
  createLaunchTemplate(model, 'nodes', { imageId, securityGroupIds: [], volumes: [], tagSpecifications }, {});
  const subnet = model.state.subnets[0];
  createFleet(model, {
    capacityType: 'on-demand',
    totalTargetCapacity: 1,
    configs: [
      { launchTemplate: { name: 'nodes' }, overrides: [{ instanceType: 'm5.large', subnetId: subnet?.id ?? '' }] },
    ],
    tagSpecifications: [],
  });
  const instance = Object.values(model.state.instances)[0] as Instance;
  const end = async (): Promise<void> => {
    terminateInstances(model, [instance.id]);
    await timers.run({ untilMs: timers.nowMs() + 10_000 });
  };
  const freeAddresses = (): number => (subnet === undefined ? 0 : freeAddressCount(subnet));
  return { model, instance, end, freeAddresses };
}

describe('a network interface', () => {
  test('is born and ends with its instance, with the tags that its template gives it', async () => {
    const { model, instance, end, freeAddresses } = setUp();
    const mine = [{ name: 'attachment.instance-id', values: [instance.id] }];
    expect(describeNetworkInterfaces(model, mine)).toMatchObject([
      { privateIp: instance.privateIp, tags: { team: 'a' } },
    ]);
    await end();
    expect(describeNetworkInterfaces(model, [])).toEqual([]);
    expect(freeAddresses()).toBe(8_187);
  });

  test('that the VPC CNI made stays behind, takes an address, and can be removed then', async () => {
    const { model, instance, end, freeAddresses } = setUp();
    const { id } = attachPodInterface(model, instance);
    expect(() => deleteNetworkInterface(model, id)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue', message: expect.stringContaining('currently in use') }),
    );
    await end();
    const left = [
      { name: 'status', values: ['available'] },
      { name: 'tag:node.k8s.amazonaws.com/instance_id', values: [instance.id] },
    ];
    expect(describeNetworkInterfaces(model, left).map((networkInterface) => networkInterface.id)).toEqual([id]);
    expect(freeAddresses()).toBe(8_186);
    deleteNetworkInterface(model, id);
    expect(freeAddresses()).toBe(8_187);
    expect(() => deleteNetworkInterface(model, id)).toThrow(
      expect.objectContaining({ code: 'InvalidNetworkInterfaceID.NotFound' }),
    );
  });
});
