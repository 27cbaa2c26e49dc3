import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { createCloudModel } from '../cloud-model.ts';
import { createPolicy, createPolicyVersion, deletePolicy, deletePolicyVersion, requirePolicy } from './policies.ts';
import { attachRolePolicy, detachRolePolicy } from './role-policies.ts';
import { createRole } from './roles.ts';

const TRUST =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';

function setUp() {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  return createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', account: 'bare' });
}

/** A policy of exactly this many characters that count. */
function documentOf(characters: number): string {
  const document = (resource: string): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: resource }] });
  return document('r'.repeat(characters - document('').length));
}

describe('a managed policy', () => {
  test('holds 6,144 characters, white space not counted', () => {
    const model = setUp();
    const spaced = JSON.stringify(JSON.parse(documentOf(6_144)), null, 8);
    expect(spaced.length).toBeGreaterThan(6_200);
    createPolicy(model, { name: 'full', document: spaced, tags: {} });
    expect(() => createPolicy(model, { name: 'over', document: documentOf(6_145), tags: {} })).toThrow(
      expect.objectContaining({ code: 'LimitExceeded', message: 'Cannot exceed quota for PolicySize: 6144' }),
    );
  });

  test('is refused as a whole when a new version is malformed', () => {
    const model = setUp();
    const { arn } = createPolicy(model, { name: 'p', document: documentOf(200), tags: {} });
    for (const broken of ['', '[]', '{"Statement":[]}', TRUST, documentOf(200).replace('"Action":"ec2:*",', '')]) {
      expect(() => createPolicyVersion(model, arn, broken, true)).toThrow(
        expect.objectContaining({ code: 'MalformedPolicyDocument' }),
      );
    }
    expect(requirePolicy(model, arn).versions.map(({ id }) => id)).toEqual(['v1']);
  });

  test('never gives a number twice', () => {
    const model = setUp();
    const { arn } = createPolicy(model, { name: 'p', document: documentOf(200), tags: {} });
    createPolicyVersion(model, arn, documentOf(201), false);
    deletePolicyVersion(model, arn, 'v2');
    expect(createPolicyVersion(model, arn, documentOf(202), false).id).toBe('v3');
  });

  test('stays while a role or a second version needs it', () => {
    const model = setUp();
    const { arn } = createPolicy(model, { name: 'p', document: documentOf(200), tags: {} });
    const conflict = expect.objectContaining({ code: 'DeleteConflict', httpStatus: 409 });
    createRole(model, { name: 'r', trustPolicy: TRUST, tags: {} });
    attachRolePolicy(model, 'r', arn);
    expect(() => deletePolicy(model, arn)).toThrow(conflict);
    detachRolePolicy(model, 'r', arn);
    createPolicyVersion(model, arn, documentOf(201), true);
    expect(() => deletePolicy(model, arn)).toThrow(conflict);
    deletePolicyVersion(model, arn, 'v1');
    deletePolicy(model, arn);
    expect(model.state.iam.policies).toEqual({});
  });
});
