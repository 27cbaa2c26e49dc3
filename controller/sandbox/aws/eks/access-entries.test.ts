import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { type CloudModelOptions, createCloudModel } from '../cloud-model.ts';
import { createRole } from '../iam/roles.ts';
import {
  createAccessEntry,
  deleteAccessEntry,
  listAccessEntries,
  requireAccessEntry,
  updateAccessEntry,
} from './access-entries.ts';
import { createPodIdentity, deletePodIdentity, listPodIdentities, updatePodIdentity } from './pod-identities.ts';

const TRUST =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';

function setUp(options: Partial<CloudModelOptions> = {}) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({
    timers,
    faults: noFaults(),
    seed: 5,
    clusterName: 'demo',
    account: 'bare',
    ...options,
  });
  return { model, roleArn: createRole(model, { name: 'node', trustPolicy: TRUST, tags: {} }).arn };
}

describe('an access entry', () => {
  test('of nodes brings user name and groups, and takes none', () => {
    const { model, roleArn } = setUp();
    const invalid = expect.objectContaining({ code: 'InvalidParameterException' });
    const spec = { principalArn: roleArn, type: 'EC2_LINUX', tags: {} };
    expect(() => createAccessEntry(model, { ...spec, username: 'me' })).toThrow(invalid);
    expect(() => createAccessEntry(model, { ...spec, groups: ['system:masters'] })).toThrow(invalid);
    expect(createAccessEntry(model, spec)).toMatchObject({
      username: 'system:node:{{EC2PrivateDNSName}}',
      groups: ['system:nodes'],
    });
    expect(() => updateAccessEntry(model, roleArn, { groups: ['system:masters'] })).toThrow(invalid);
  });

  test('of a person has the groups that it is given', () => {
    const { model, roleArn } = setUp();
    createAccessEntry(model, { principalArn: roleArn, groups: ['viewers'], tags: {} });
    updateAccessEntry(model, roleArn, { groups: ['admins'] });
    expect(requireAccessEntry(model, roleArn)).toMatchObject({
      type: 'STANDARD',
      groups: ['admins'],
      username: 'arn:aws:sts::123456789012:assumed-role/node/{{SessionName}}',
    });
  });

  test('exists once for a principal, and is gone when it is deleted', () => {
    const { model, roleArn } = setUp();
    const spec = { principalArn: roleArn, type: 'EC2_LINUX', tags: {} };
    createAccessEntry(model, spec);
    expect(() => createAccessEntry(model, spec)).toThrow(
      expect.objectContaining({ code: 'ResourceInUseException', httpStatus: 409 }),
    );
    deleteAccessEntry(model, roleArn);
    expect(listAccessEntries(model)).toEqual([]);
    expect(() => deleteAccessEntry(model, roleArn)).toThrow(
      expect.objectContaining({ code: 'ResourceNotFoundException', httpStatus: 404 }),
    );
  });

  test('is for roles that exist', () => {
    const { model, roleArn } = setUp();
    for (const principalArn of [`${roleArn}x`, 'arn:aws:iam::123456789012:instance-profile/node', 'node']) {
      expect(() => createAccessEntry(model, { principalArn, type: 'EC2_LINUX', tags: {} })).toThrow(
        expect.objectContaining({ message: expect.stringContaining('invalid principal') }),
      );
    }
  });

  test('cannot be had in CONFIG_MAP mode', () => {
    const { model, roleArn } = setUp({ authenticationMode: 'CONFIG_MAP' });
    const refused = expect.objectContaining({ code: 'InvalidRequestException' });
    expect(() => createAccessEntry(model, { principalArn: roleArn, type: 'EC2_LINUX', tags: {} })).toThrow(refused);
    expect(() => listAccessEntries(model)).toThrow(refused);
  });
});

test('a service account has one role, which may change', () => {
  const { model, roleArn } = setUp();
  const spec = { namespace: 'karpenter', serviceAccount: 'karpenter', roleArn, tags: {} };
  const { id } = createPodIdentity(model, spec);
  expect(() => createPodIdentity(model, spec)).toThrow(expect.objectContaining({ code: 'ResourceInUseException' }));
  updatePodIdentity(model, id, `${roleArn}-2`);
  expect(listPodIdentities(model, { namespace: 'karpenter' })).toMatchObject([{ id, roleArn: `${roleArn}-2` }]);
  expect(listPodIdentities(model, { serviceAccount: 'other' })).toEqual([]);
  deletePodIdentity(model, id);
  expect(listPodIdentities(model, {})).toEqual([]);
});
