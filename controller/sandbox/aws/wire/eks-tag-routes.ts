import { eksTags, tagEks, untagEks } from '../eks/eks-tags.ts';
import type { EksRoute } from './eks-route.ts';
import { mapAt } from './json-input.ts';

const RESOURCE = ['tags', ':arn'];

/** Tags of whatever in EKS has them, by ARN. */
export const EKS_TAG_ROUTES: readonly EksRoute[] = [
  {
    action: 'ListTagsForResource',
    method: 'GET',
    path: RESOURCE,
    answer: (model, { params }) => ({ tags: eksTags(model, params.arn ?? '') }),
  },
  {
    action: 'TagResource',
    method: 'POST',
    path: RESOURCE,
    answer: (model, { params, input }) => {
      tagEks(model, params.arn ?? '', mapAt(input, 'tags'));
      return {};
    },
  },
  {
    action: 'UntagResource',
    method: 'DELETE',
    path: RESOURCE,
    answer: (model, { params, query }) => {
      untagEks(model, params.arn ?? '', query.getAll('tagKeys'));
      return {};
    },
  },
];
