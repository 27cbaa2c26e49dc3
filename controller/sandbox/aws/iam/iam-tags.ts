import type { CloudModel } from '../cloud-model.ts';
import { checkIamTags } from './iam-rules.ts';
import { requireInstanceProfile } from './instance-profiles.ts';
import { requireOidcProvider } from './oidc-providers.ts';
import { requirePolicy } from './policies.ts';
import { requireRole } from './roles.ts';

/** What in IAM carries tags, and how each is found by the name or ARN that calls give. */
const FINDERS = {
  Role: requireRole,
  Policy: requirePolicy,
  InstanceProfile: requireInstanceProfile,
  OpenIDConnectProvider: requireOidcProvider,
} as const;

/** As it stands in the names of the actions: `TagRole`, `UntagPolicy`. */
export type TaggedKind = keyof typeof FINDERS;

/** The tags of one thing. */
export function iamTags(model: CloudModel, kind: TaggedKind, key: string): Readonly<Record<string, string>> {
  return FINDERS[kind](model, key).tags;
}

/** Adds tags, or gives them other values. */
export function tagIam(model: CloudModel, kind: TaggedKind, key: string, tags: Readonly<Record<string, string>>): void {
  const thing = FINDERS[kind](model, key);
  const merged = { ...thing.tags, ...tags };
  checkIamTags(merged);
  thing.tags = merged;
}

/** Removes tags; absent ones are no error. */
export function untagIam(model: CloudModel, kind: TaggedKind, key: string, tagKeys: readonly string[]): void {
  const thing = FINDERS[kind](model, key);
  thing.tags = Object.fromEntries(Object.entries(thing.tags).filter(([tagKey]) => !tagKeys.includes(tagKey)));
}
