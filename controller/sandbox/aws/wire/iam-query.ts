import { IAM_POLICY_ACTIONS } from './iam-policy-actions.ts';
import { IAM_PROFILE_ACTIONS } from './iam-profile-actions.ts';
import { IAM_PROVIDER_ACTIONS } from './iam-provider-actions.ts';
import { IAM_ROLE_ACTIONS } from './iam-role-actions.ts';
import { IAM_TAG_ACTIONS } from './iam-tag-actions.ts';
import { queryService } from './query-service.ts';

/** IAM in the AWS query protocol. One for all regions. */
export const IAM_QUERY = queryService({
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  version: '2010-05-08',
  actions: {
    ...IAM_ROLE_ACTIONS,
    ...IAM_POLICY_ACTIONS,
    ...IAM_PROFILE_ACTIONS,
    ...IAM_PROVIDER_ACTIONS,
    ...IAM_TAG_ACTIONS,
  },
});
