import type { CloudModel } from '../cloud-model.ts';
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  listPolicies,
  requirePolicy,
  requirePolicyVersion,
  setDefaultPolicyVersion,
} from '../iam/policies.ts';
import { isAwsManaged } from '../iam/role-policies.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import { policyShape, policyVersionShape, readTags, wholeList } from './iam-shapes.ts';
import { isoTime } from './iso-time.ts';
import { type QueryAction, requiredText } from './query-service.ts';
import type { XmlRecord } from './xml.ts';

/** Managed policies and their versions. */
export const IAM_POLICY_ACTIONS: Readonly<Record<string, QueryAction>> = {
  CreatePolicy: (model, params) => {
    const policy = createPolicy(model, {
      name: requiredText(params, 'PolicyName'),
      document: requiredText(params, 'PolicyDocument'),
      tags: readTags(params),
      ...dropAbsent({ path: params.text('Path'), description: params.text('Description') }),
    });
    return { Policy: policyShape(model, policy) };
  },

  GetPolicy: (model, params) => {
    const arn = requiredText(params, 'PolicyArn');
    return { Policy: isAwsManaged(arn) ? awsManagedShape(model, arn) : policyShape(model, requirePolicy(model, arn)) };
  },

  ListPolicies: (model) =>
    wholeList(
      'Policies',
      listPolicies(model).map((policy) => policyShape(model, policy)),
    ),

  DeletePolicy: (model, params) => {
    deletePolicy(model, requiredText(params, 'PolicyArn'));
    return {};
  },

  CreatePolicyVersion: (model, params) => {
    const arn = requiredText(params, 'PolicyArn');
    const document = requiredText(params, 'PolicyDocument');
    const version = createPolicyVersion(model, arn, document, params.isTrue('SetAsDefault'));
    return { PolicyVersion: policyVersionShape(requirePolicy(model, arn), version, false) };
  },

  GetPolicyVersion: (model, params) => {
    const policy = requirePolicy(model, requiredText(params, 'PolicyArn'));
    const version = requirePolicyVersion(policy, requiredText(params, 'VersionId'));
    return { PolicyVersion: policyVersionShape(policy, version, true) };
  },

  ListPolicyVersions: (model, params) => {
    const policy = requirePolicy(model, requiredText(params, 'PolicyArn'));
    // Newest first.
    const versions = [...policy.versions].reverse();
    return wholeList(
      'Versions',
      versions.map((version) => policyVersionShape(policy, version, false)),
    );
  },

  SetDefaultPolicyVersion: (model, params) => {
    setDefaultPolicyVersion(model, requiredText(params, 'PolicyArn'), requiredText(params, 'VersionId'));
    return {};
  },

  DeletePolicyVersion: (model, params) => {
    deletePolicyVersion(model, requiredText(params, 'PolicyArn'), requiredText(params, 'VersionId'));
    return {};
  },
};

/** A policy that AWS keeps: it exists and can be attached; what it says is not kept here. */
function awsManagedShape({ timers }: CloudModel, arn: string): XmlRecord {
  return {
    PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
    Arn: arn,
    Path: '/',
    DefaultVersionId: 'v1',
    IsAttachable: true,
    CreateDate: isoTime(timers.nowMs()),
  };
}
