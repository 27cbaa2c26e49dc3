import { iamTags, type TaggedKind, tagIam, untagIam } from '../iam/iam-tags.ts';
import { readTags, tagMembers, wholeList } from './iam-shapes.ts';
import { type QueryAction, requiredText } from './query-service.ts';

/** The parameter by which calls name a thing of each kind. */
const KEY_PARAMETERS: Readonly<Record<TaggedKind, string>> = {
  Role: 'RoleName',
  Policy: 'PolicyArn',
  InstanceProfile: 'InstanceProfileName',
  OpenIDConnectProvider: 'OpenIDConnectProviderArn',
};

/** `TagRole`, `UntagRole` and `ListRoleTags`, and the same for each other kind. */
export const IAM_TAG_ACTIONS: Readonly<Record<string, QueryAction>> = Object.fromEntries(
  (Object.keys(KEY_PARAMETERS) as TaggedKind[]).flatMap(actionsFor),
);

function actionsFor(kind: TaggedKind): readonly (readonly [string, QueryAction])[] {
  const keyParameter = KEY_PARAMETERS[kind];
  return [
    [
      `Tag${kind}`,
      (model, params) => {
        tagIam(model, kind, requiredText(params, keyParameter), readTags(params));
        return {};
      },
    ],
    [
      `Untag${kind}`,
      (model, params) => {
        untagIam(model, kind, requiredText(params, keyParameter), params.texts('TagKeys.member'));
        return {};
      },
    ],
    [
      `List${kind}Tags`,
      (model, params) => wholeList('Tags', tagMembers(iamTags(model, kind, requiredText(params, keyParameter)))),
    ],
  ];
}
