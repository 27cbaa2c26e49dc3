import {
  addRoleToInstanceProfile,
  createInstanceProfile,
  deleteInstanceProfile,
  listInstanceProfiles,
  removeRoleFromInstanceProfile,
  requireInstanceProfile,
} from '../iam/instance-profiles.ts';
import { requireRole } from '../iam/roles.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import { instanceProfileShape, readTags, wholeList } from './iam-shapes.ts';
import { type QueryAction, requiredText } from './query-service.ts';

/** Instance profiles: how EC2 gives a role to a machine. */
export const IAM_PROFILE_ACTIONS: Readonly<Record<string, QueryAction>> = {
  CreateInstanceProfile: (model, params) => {
    const profile = createInstanceProfile(model, {
      name: requiredText(params, 'InstanceProfileName'),
      tags: readTags(params),
      ...dropAbsent({ path: params.text('Path') }),
    });
    return { InstanceProfile: instanceProfileShape(model, profile) };
  },

  GetInstanceProfile: (model, params) => {
    const profile = requireInstanceProfile(model, requiredText(params, 'InstanceProfileName'));
    return { InstanceProfile: instanceProfileShape(model, profile) };
  },

  ListInstanceProfiles: (model) =>
    wholeList(
      'InstanceProfiles',
      listInstanceProfiles(model).map((profile) => instanceProfileShape(model, profile)),
    ),

  ListInstanceProfilesForRole: (model, params) => {
    const { name } = requireRole(model, requiredText(params, 'RoleName'));
    return wholeList(
      'InstanceProfiles',
      listInstanceProfiles(model, name).map((profile) => instanceProfileShape(model, profile)),
    );
  },

  DeleteInstanceProfile: (model, params) => {
    deleteInstanceProfile(model, requiredText(params, 'InstanceProfileName'));
    return {};
  },

  AddRoleToInstanceProfile: (model, params) => {
    addRoleToInstanceProfile(model, requiredText(params, 'InstanceProfileName'), requiredText(params, 'RoleName'));
    return {};
  },

  RemoveRoleFromInstanceProfile: (model, params) => {
    removeRoleFromInstanceProfile(model, requiredText(params, 'InstanceProfileName'), requiredText(params, 'RoleName'));
    return {};
  },
};
