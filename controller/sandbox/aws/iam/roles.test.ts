import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { createCloudModel } from '../cloud-model.ts';
import { addRoleToInstanceProfile, createInstanceProfile, removeRoleFromInstanceProfile } from './instance-profiles.ts';
import { attachRolePolicy } from './role-policies.ts';
import { createRole, deleteRole, requireRole, updateRole, updateTrustPolicy } from './roles.ts';
import { createServiceLinkedRole, deleteServiceLinkedRole, deletionFailure } from './service-linked-roles.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

function setUp() {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  return createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', account: 'bare' });
}

describe('a role', () => {
  test('has a name of at most 64 characters that IAM can spell', () => {
    const model = setUp();
    createRole(model, { name: 'n'.repeat(64), trustPolicy: TRUST, tags: {} });
    for (const name of ['n'.repeat(65), 'a role', '']) {
      expect(() => createRole(model, { name, trustPolicy: TRUST, tags: {} })).toThrow(
        expect.objectContaining({ code: 'ValidationError' }),
      );
    }
  });

  test('made again under its old name is another one', () => {
    const model = setUp();
    const first = createRole(model, { name: 'node', trustPolicy: TRUST, tags: {} });
    deleteRole(model, 'node');
    const second = createRole(model, { name: 'node', trustPolicy: TRUST, tags: {} });
    expect(second.arn).toBe(first.arn);
    expect(second.id).not.toBe(first.id);
  });

  test('takes no trust that names a resource or nobody, and keeps the one it had', () => {
    const model = setUp();
    createRole(model, { name: 'node', trustPolicy: TRUST, tags: {} });
    const statement = { Effect: 'Allow', Action: 'sts:AssumeRole' };
    for (const broken of [statement, { ...statement, Principal: '*', Resource: '*' }]) {
      const trust = JSON.stringify({ Version: '2012-10-17', Statement: [broken] });
      expect(() => updateTrustPolicy(model, 'node', trust)).toThrow(
        expect.objectContaining({ code: 'MalformedPolicyDocument' }),
      );
    }
    expect(requireRole(model, 'node').trustPolicy).toBe(TRUST);
  });

  test('keeps what an update does not name', () => {
    const model = setUp();
    createRole(model, { name: 'node', trustPolicy: TRUST, description: 'of nodes', tags: {} });
    updateRole(model, 'node', { sessionSecondsMax: 7_200 });
    expect(requireRole(model, 'node')).toMatchObject({ description: 'of nodes', sessionSecondsMax: 7_200 });
  });

  test('holds ten policies and no more', () => {
    const model = setUp();
    createRole(model, { name: 'node', trustPolicy: TRUST, tags: {} });
    const arns = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map(
      (name) => `arn:aws:iam::aws:policy/${name}`,
    );
    requireRole(model, 'node').attachedPolicyArns.push(...arns.slice(0, 10));
    expect(() => attachRolePolicy(model, 'node', 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy')).toThrow(
      expect.objectContaining({ code: 'LimitExceeded', httpStatus: 409 }),
    );
  });

  test('takes no tag of AWS, and fifty of ours', () => {
    const model = setUp();
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key-${index}`, '']));
    expect(() => createRole(model, { name: 'node', trustPolicy: TRUST, tags })).toThrow(
      expect.objectContaining({ code: 'LimitExceeded' }),
    );
    expect(() => createRole(model, { name: 'node', trustPolicy: TRUST, tags: { 'aws:team': 'a' } })).toThrow(
      expect.objectContaining({ code: 'InvalidInput' }),
    );
  });
});

test('only the role that is in an instance profile can be taken out', () => {
  const model = setUp();
  for (const name of ['a', 'b']) createRole(model, { name, trustPolicy: TRUST, tags: {} });
  createInstanceProfile(model, { name: 'p', tags: {} });
  addRoleToInstanceProfile(model, 'p', 'a');
  expect(() => removeRoleFromInstanceProfile(model, 'p', 'b')).toThrow(
    expect.objectContaining({ code: 'NoSuchEntity' }),
  );
});

describe('a service-linked role', () => {
  test('exists once, and only its service may change it', () => {
    const model = setUp();
    const role = createServiceLinkedRole(model, 'spot.amazonaws.com');
    expect(role.arn).toBe(
      'arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
    );
    expect(() => createServiceLinkedRole(model, 'spot.amazonaws.com')).toThrow(
      expect.objectContaining({ code: 'InvalidInput', message: expect.stringContaining('has been taken') }),
    );
    expect(() => deleteRole(model, role.name)).toThrow(expect.objectContaining({ code: 'UnmodifiableEntity' }));
  });

  test('goes through a task of its own', () => {
    const model = setUp();
    const { name } = createServiceLinkedRole(model, 'spot.amazonaws.com');
    expect(deletionFailure(model, deleteServiceLinkedRole(model, name))).toBeUndefined();
    expect(() => requireRole(model, name)).toThrow(expect.objectContaining({ code: 'NoSuchEntity' }));
  });
});
