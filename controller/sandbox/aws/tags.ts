import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';

/** EC2's limits: tags on one resource, characters of a key and of a value. */
const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;

/** Throws as EC2 does when a caller may not set these tags. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) {
    throw new AwsError('TagLimitExceeded', `More than ${TAGS_MAX} tags specified`);
  }
  for (const [key, value] of entries) {
    if (key === '' || key.length > KEY_CHARACTERS_MAX || value.length > VALUE_CHARACTERS_MAX) {
      throw new AwsError('InvalidParameterValue', `Tag key or value has an invalid length: ${key}`);
    }
    if (key.startsWith('aws:')) {
      throw new AwsError(
        'InvalidParameterValue',
        `Tag keys starting with 'aws:' are reserved for internal use: ${key}`,
      );
    }
  }
}

/** Sets tags on resources of any kind. All ids must exist. */
export function createTags(model: CloudModel, ids: readonly string[], tags: Readonly<Record<string, string>>): void {
  checkTags(tags);
  for (const resource of ids.map((id) => requireTagged(model, id))) {
    resource.tags = { ...resource.tags, ...tags };
  }
}

/** Removes tags: those with this key, and this value where one is given. Absent tags are no error. */
export function deleteTags(
  model: CloudModel,
  ids: readonly string[],
  tags: readonly { key: string; value?: string }[],
): void {
  for (const resource of ids.map((id) => requireTagged(model, id))) {
    const doomed = tags.filter(({ key, value }) => value === undefined || resource.tags[key] === value);
    const keys = new Set(doomed.map(({ key }) => key));
    resource.tags = Object.fromEntries(Object.entries(resource.tags).filter(([key]) => !keys.has(key)));
  }
}

function requireTagged(model: CloudModel, id: string): { tags: Record<string, string> } {
  const { instances, subnets, securityGroups, images, launchTemplates } = model.state;
  const resource =
    instances[id] ??
    [...subnets, ...securityGroups, ...images, ...Object.values(launchTemplates)].find(
      (candidate) => candidate.id === id,
    );
  if (resource === undefined) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  return resource;
}
