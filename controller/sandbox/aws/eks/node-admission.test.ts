import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { type CloudModelOptions, createCloudModel } from '../cloud-model.ts';
import { createFleet } from '../fleet.ts';
import {
  addRoleToInstanceProfile,
  createInstanceProfile,
  deleteInstanceProfile,
  removeRoleFromInstanceProfile,
} from '../iam/instance-profiles.ts';
import { deleteServiceLinkedRole, deletionFailure } from '../iam/service-linked-roles.ts';
import type { BootingInstance } from '../instance-events.ts';
import { terminateInstances } from '../instances.ts';
import { createLaunchTemplate } from '../launch-templates.ts';
import { createAccessEntry, deleteAccessEntry } from './access-entries.ts';
import { mapRolesAdmitNodes } from './node-admission.ts';

const ROLE = 'KarpenterNodeRole-demo';
const ROLE_ARN = `arn:aws:iam::123456789012:role/${ROLE}`;
const PROFILE = 'KarpenterNodeInstanceProfile-demo';
const MAPPING = `- rolearn: ${ROLE_ARN}
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes
`;

function setUp(options: Partial<CloudModelOptions> = {}) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', ...options });
  const imageId = model.state.images.find(({ name }) => name.startsWith('amazon-eks-node-1.31'))?.id ?? '';
  const nodeBoot = { join: { clusterName: 'demo', labels: {}, taints: [] }, kubelet: {} };
  const data = {
    imageId,
    instanceProfile: PROFILE,
    nodeBoot,
    securityGroupIds: [],
    volumes: [],
    tagSpecifications: [],
  };
  createLaunchTemplate(model, 'nodes', data, {});
  const booted: BootingInstance[] = [];
  model.onRunning((instance) => booted.push(instance));
  const launch = (capacityType: 'spot' | 'on-demand' = 'on-demand') =>
    createFleet(model, {
      capacityType,
      totalTargetCapacity: 1,
      configs: [
        {
          launchTemplate: { name: 'nodes' },
          overrides: [{ instanceType: 'm5.large', subnetId: model.state.subnets[0]?.id ?? '' }],
        },
      ],
      tagSpecifications: [],
    });
  const advance = (ms: number) => timers.run({ untilMs: timers.nowMs() + ms });
  const joins = async (): Promise<boolean | undefined> => {
    launch();
    await advance(2_000);
    return booted.at(-1)?.mayJoin;
  };
  return { model, timers, launch, advance, joins };
}

describe('a machine joins', () => {
  test.each([
    ['API', 'entry', true],
    ['API', 'mapping', false],
    ['API_AND_CONFIG_MAP', 'entry', true],
    ['API_AND_CONFIG_MAP', 'mapping', true],
    ['API_AND_CONFIG_MAP', 'neither', false],
    ['CONFIG_MAP', 'mapping', true],
    ['CONFIG_MAP', 'neither', false],
  ] as const)('in mode %s with %s: %s', async (authenticationMode, way, wantJoins) => {
    const { model, joins } = setUp({
      authenticationMode,
      awsAuthMapRoles: () => (way === 'mapping' ? MAPPING : undefined),
    });
    if (way !== 'entry' && authenticationMode !== 'CONFIG_MAP') deleteAccessEntry(model, ROLE_ARN);
    expect(await joins()).toBe(wantJoins);
  });

  test('by what aws-auth says at its boot, not at the start', async () => {
    let mapRoles = MAPPING;
    const { joins } = setUp({ authenticationMode: 'CONFIG_MAP', awsAuthMapRoles: () => mapRoles });
    expect(await joins()).toBe(true);
    mapRoles = '';
    expect(await joins()).toBe(false);
  });

  test('not by an entry for Windows', async () => {
    const { model, joins } = setUp();
    deleteAccessEntry(model, ROLE_ARN);
    createAccessEntry(model, { principalArn: ROLE_ARN, type: 'EC2_WINDOWS', tags: {} });
    expect(await joins()).toBe(false);
  });

  test('not when its profile loses its role between launch and boot', async () => {
    const { model, launch, advance } = setUp();
    const mayJoin: boolean[] = [];
    model.onRunning((instance) => mayJoin.push(instance.mayJoin));
    launch();
    removeRoleFromInstanceProfile(model, PROFILE, ROLE);
    await advance(2_000);
    expect(mayJoin).toEqual([false]);
  });
});

describe('a mapping', () => {
  test.each([
    ['names the role with a path that STS leaves out', MAPPING.replace(':role/', ':role/eks/')],
    ['is of another role', MAPPING.replace(ROLE, 'other')],
    ['has another user name', MAPPING.replace('{{EC2PrivateDNSName}}', '{{SessionName}}')],
    ['lacks a group', MAPPING.replace('    - system:bootstrappers\n', '')],
    ['is no list', `rolearn: ${ROLE_ARN}`],
    ['is no YAML', '- rolearn: [\n'],
    ['is empty', ''],
  ])('that %s lets nobody in', (_why, mapRoles) => {
    expect(mapRolesAdmitNodes(mapRoles, ROLE_ARN)).toBe(false);
  });

  test('counts among others', () => {
    const others = '- rolearn: arn:aws:iam::123456789012:role/admin\n  username: admin\n  groups: [system:masters]\n';
    expect(mapRolesAdmitNodes(others + MAPPING, ROLE_ARN)).toBe(true);
  });
});

describe('nothing is launched', () => {
  test('with a profile that is gone, or that holds no role', () => {
    const { model, launch } = setUp();
    removeRoleFromInstanceProfile(model, PROFILE, ROLE);
    expect(launch().errors).toMatchObject([
      { code: 'InvalidParameterValue', message: expect.stringContaining('has no associated IAM Roles') },
    ]);
    deleteInstanceProfile(model, PROFILE);
    expect(launch().errors).toMatchObject([
      {
        code: 'InvalidParameterValue',
        message: `Value (${PROFILE}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      },
    ]);
    expect(model.ledger()).toEqual([]);
  });

  test('as spot where EC2 Spot has no role in the account', () => {
    const { model, launch } = setUp();
    delete model.state.iam.roles.AWSServiceRoleForEC2Spot;
    expect(launch('spot').errors).toMatchObject([{ code: 'AuthFailure.ServiceLinkedRoleCreationNotPermitted' }]);
    expect(launch('on-demand').instances).toHaveLength(1);
  });
});

test('the role of EC2 Spot stays while spot instances live', async () => {
  const { model, launch, advance } = setUp();
  const id = launch('spot').instances[0]?.instanceIds[0] ?? '';
  const role = 'AWSServiceRoleForEC2Spot';
  expect(deletionFailure(model, deleteServiceLinkedRole(model, role))).toMatch('still active');
  terminateInstances(model, [id]);
  await advance(10_000);
  expect(deletionFailure(model, deleteServiceLinkedRole(model, role))).toBeUndefined();
});

test('EC2 learns of a new profile only after the lag, and of its end as late', async () => {
  const { model, launch, advance } = setUp({ iamLagMs: 5_000 });
  expect(launch().instances).toHaveLength(1);
  removeRoleFromInstanceProfile(model, PROFILE, ROLE);
  deleteInstanceProfile(model, PROFILE);
  await advance(4_000);
  expect(launch().instances).toHaveLength(1);
  await advance(1_000);
  expect(launch().instances).toEqual([]);
  createInstanceProfile(model, { name: PROFILE, tags: {} });
  addRoleToInstanceProfile(model, PROFILE, ROLE);
  expect(launch().instances).toEqual([]);
  await advance(5_000);
  expect(launch().instances).toHaveLength(1);
});
