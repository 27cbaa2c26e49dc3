import { attachedRolePolicies, attachRolePolicy, detachRolePolicy } from '../iam/role-policies.ts';
import { createRole, deleteRole, listRoles, requireRole, updateRole, updateTrustPolicy } from '../iam/roles.ts';
import { createServiceLinkedRole, deleteServiceLinkedRole, deletionFailure } from '../iam/service-linked-roles.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import { readTags, roleShape, wholeList } from './iam-shapes.ts';
import { type QueryAction, requiredText } from './query-service.ts';

/** Roles, what is attached to them, and those of AWS's services. */
export const IAM_ROLE_ACTIONS: Readonly<Record<string, QueryAction>> = {
  CreateRole: (model, params) => {
    const role = createRole(model, {
      name: requiredText(params, 'RoleName'),
      trustPolicy: requiredText(params, 'AssumeRolePolicyDocument'),
      tags: readTags(params),
      ...dropAbsent({
        path: params.text('Path'),
        description: params.text('Description'),
        sessionSecondsMax: params.number('MaxSessionDuration'),
      }),
    });
    return { Role: roleShape(role) };
  },

  GetRole: (model, params) => ({ Role: roleShape(requireRole(model, requiredText(params, 'RoleName'))) }),

  ListRoles: (model, params) => wholeList('Roles', listRoles(model, params.text('PathPrefix')).map(roleShape)),

  UpdateAssumeRolePolicy: (model, params) => {
    updateTrustPolicy(model, requiredText(params, 'RoleName'), requiredText(params, 'PolicyDocument'));
    return {};
  },

  UpdateRole: (model, params) => {
    const change = dropAbsent({
      description: params.text('Description'),
      sessionSecondsMax: params.number('MaxSessionDuration'),
    });
    updateRole(model, requiredText(params, 'RoleName'), change);
    return {};
  },

  DeleteRole: (model, params) => {
    deleteRole(model, requiredText(params, 'RoleName'));
    return {};
  },

  AttachRolePolicy: (model, params) => {
    attachRolePolicy(model, requiredText(params, 'RoleName'), requiredText(params, 'PolicyArn'));
    return {};
  },

  DetachRolePolicy: (model, params) => {
    detachRolePolicy(model, requiredText(params, 'RoleName'), requiredText(params, 'PolicyArn'));
    return {};
  },

  ListAttachedRolePolicies: (model, params) => {
    const attached = attachedRolePolicies(model, requiredText(params, 'RoleName'));
    return wholeList(
      'AttachedPolicies',
      attached.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
    );
  },

  // Policies inside a role cannot be put here, so no role has any.
  ListRolePolicies: (model, params) => {
    requireRole(model, requiredText(params, 'RoleName'));
    return wholeList('PolicyNames', []);
  },

  CreateServiceLinkedRole: (model, params) => {
    const service = requiredText(params, 'AWSServiceName');
    return { Role: roleShape(createServiceLinkedRole(model, service, params.text('Description'))) };
  },

  DeleteServiceLinkedRole: (model, params) => ({
    DeletionTaskId: deleteServiceLinkedRole(model, requiredText(params, 'RoleName')),
  }),

  GetServiceLinkedRoleDeletionStatus: (model, params) => {
    const failure = deletionFailure(model, requiredText(params, 'DeletionTaskId'));
    return failure === undefined ? { Status: 'SUCCEEDED' } : { Status: 'FAILED', Reason: { Reason: failure } };
  },
};
