import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';

/** EC2's limits: tags on one resource, characters of a key and of a value. */
const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;
/** Of tags that only AWS sets and removes. */
const RESERVED_PREFIX = 'aws:';

/** How a service names its refusals of tags. */
export interface TagRefusals {
  readonly invalid: string;
  readonly tooMany: string;
}

const EC2_REFUSALS: TagRefusals = { invalid: 'InvalidParameterValue', tooMany: 'TagLimitExceeded' };

/** Throws when a caller may not set these tags: as EC2 does, or in the words of another service. */
export function checkTags(tags: Readonly<Record<string, string>>, { invalid, tooMany } = EC2_REFUSALS): void {
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) throw new AwsError(tooMany, `More than ${TAGS_MAX} tags specified`);
  for (const [key, value] of entries) {
    if (key === '' || key.length > KEY_CHARACTERS_MAX || value.length > VALUE_CHARACTERS_MAX) {
      throw new AwsError(invalid, `Tag key or value has an invalid length: ${key}`);
    }
    if (key.startsWith(RESERVED_PREFIX)) {
      throw new AwsError(invalid, `Tag keys starting with '${RESERVED_PREFIX}' are reserved for internal use: ${key}`);
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

/** Removes tags: those with this key, and this value where one is given; all but AWS's own when none is named. Absent tags are no error. */
export function deleteTags(
  model: CloudModel,
  ids: readonly string[],
  tags: readonly { key: string; value?: string }[],
): void {
  const isNamed = (key: string, value: string | undefined): boolean =>
    tags.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
  const isDoomed = (key: string, value: string): boolean =>
    tags.length === 0 ? !key.startsWith(RESERVED_PREFIX) : isNamed(key, value);
  for (const resource of ids.map((id) => requireTagged(model, id))) {
    resource.tags = Object.fromEntries(Object.entries(resource.tags).filter(([key, value]) => !isDoomed(key, value)));
  }
}

/** One tag of one resource. */
export interface TagDescription {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly key: string;
  readonly value: string;
}

/** Every tag that passes all filters, by resource and key. */
export function describeTags(model: CloudModel, filters: readonly Filter[]): readonly TagDescription[] {
  const all = Object.entries(taggedByType(model)).flatMap(([resourceType, things]) =>
    things.flatMap(({ id: resourceId, tags }) =>
      Object.entries(tags).map(([key, value]) => ({ resourceId, resourceType, key, value })),
    ),
  );
  const passes = filterTest<TagDescription>(filters, ({ key, value }) => ({ [key]: value }), tagField);
  const order = ({ resourceId, key }: TagDescription): string => `${resourceId} ${key}`;
  return all.filter(passes).sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function tagField(
  { resourceId, resourceType, key, value }: TagDescription,
  name: string,
): readonly string[] | undefined {
  switch (name) {
    case 'resource-id':
      return [resourceId];
    case 'resource-type':
      return [resourceType];
    case 'key':
      return [key];
    case 'value':
      return [value];
    default:
      return undefined;
  }
}

interface Tagged {
  readonly id: string;
  tags: Record<string, string>;
}

/** By EC2's name of its type, everything that can carry tags of this account; AWS's own images cannot. */
function taggedByType({ state }: CloudModel): Readonly<Record<string, readonly Tagged[]>> {
  return {
    instance: Object.values(state.instances),
    subnet: state.subnets,
    'security-group': state.securityGroups,
    image: state.images.filter(({ ownerId }) => ownerId === state.accountId),
    'launch-template': Object.values(state.launchTemplates),
    'network-interface': Object.values(state.networkInterfaces),
  };
}

/** EC2's error for an id that does not exist, by what the id begins with. */
const NOT_FOUND_CODES: Readonly<Record<string, string>> = {
  ami: 'InvalidAMIID.NotFound',
  eni: 'InvalidNetworkInterfaceID.NotFound',
  i: 'InvalidInstanceID.NotFound',
  lt: 'InvalidLaunchTemplateId.NotFound',
  sg: 'InvalidGroup.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
};

function requireTagged(model: CloudModel, id: string): Tagged {
  const resource = Object.values(taggedByType(model))
    .flat()
    .find((candidate) => candidate.id === id);
  if (resource !== undefined) return resource;
  const [prefix = ''] = id.split('-');
  throw new AwsError(NOT_FOUND_CODES[prefix] ?? 'InvalidID', `The ID '${id}' does not exist`);
}
