import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { type Repository, type RepositoryImage, requireRepository } from './repositories.ts';

/** Keeps an image by its manifest. A tag moves to it from another image, unless the repository's tags are immutable. */
export function putImage(
  model: CloudModel,
  repositoryName: string,
  { manifest, mediaType, tag }: { readonly manifest: string; readonly mediaType: string; readonly tag?: string },
): RepositoryImage {
  const repository = requireRepository(model, repositoryName);
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  const tagged = repository.images.find(({ tags }) => tag !== undefined && tags.includes(tag));
  if (tagged !== undefined && tagged.digest !== digest && repository.isImmutable) {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  if (tagged !== undefined) tagged.tags = tagged.tags.filter((other) => other !== tag);
  const existing = repository.images.find((image) => image.digest === digest);
  const image = existing ?? { digest, manifest, mediaType, pushedAtMs: model.timers.nowMs(), tags: [] };
  if (existing === undefined) repository.images.push(image);
  if (tag !== undefined) image.tags = [...image.tags, tag];
  return image;
}

/** The image of a digest or a tag, or undefined. */
export function findImage(
  { images }: Repository,
  { digest, tag }: { readonly digest?: string; readonly tag?: string },
): RepositoryImage | undefined {
  return images.find(
    (image) => (digest === undefined || image.digest === digest) && (tag === undefined || image.tags.includes(tag)),
  );
}

/** Removes a tag, and the image with its last one; by digest alone, the image with all its tags. False where there is no such image. */
export function deleteImage(repository: Repository, id: { readonly digest?: string; readonly tag?: string }): boolean {
  const image = findImage(repository, id);
  if (image === undefined) return false;
  image.tags = id.tag === undefined ? [] : image.tags.filter((tag) => tag !== id.tag);
  if (image.tags.length === 0) repository.images = repository.images.filter((other) => other !== image);
  return true;
}
