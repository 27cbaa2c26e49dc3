import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Image } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';

export interface ImageQuery {
  readonly ids?: readonly string[];
  /** Account ids, or the aliases `amazon` and `self`. */
  readonly owners?: readonly string[];
  readonly filters?: readonly Filter[];
}

/** Images that pass the query. `ids` that do not exist throw InvalidAMIID.NotFound. */
export function describeImages(
  model: CloudModel,
  { ids = [], owners = [], filters = [] }: ImageQuery,
): readonly Image[] {
  ids.forEach((id) => requireImage(model, id));
  const accounts = owners.map((owner) => (owner === 'self' ? model.state.accountId : owner));
  const passes = filterTest<Image>(filters, (image) => image.tags, imageField);
  return model.state.images.filter(
    (image) =>
      (ids.length === 0 || ids.includes(image.id)) &&
      (accounts.length === 0 || accounts.includes(image.ownerId) || accounts.includes(image.ownerAlias)) &&
      passes(image),
  );
}

function imageField(image: Image, name: string): readonly string[] | undefined {
  switch (name) {
    case 'image-id':
      return [image.id];
    case 'name':
      return [image.name];
    case 'architecture':
      return [ec2Architecture(image.arch)];
    case 'owner-id':
      return [image.ownerId];
    case 'owner-alias':
      return [image.ownerAlias];
    case 'state':
      return ['available'];
    case 'virtualization-type':
      return ['hvm'];
    default:
      return undefined;
  }
}

/** The image, or a thrown InvalidAMIID.NotFound. */
export function requireImage(model: CloudModel, id: string): Image {
  const image = model.state.images.find((candidate) => candidate.id === id);
  if (image === undefined) throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return image;
}

/** EC2's word for a Kubernetes architecture. */
export function ec2Architecture(arch: 'amd64' | 'arm64'): 'x86_64' | 'arm64' {
  return arch === 'amd64' ? 'x86_64' : 'arm64';
}
