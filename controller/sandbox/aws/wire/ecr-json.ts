import type { CloudModel } from '../cloud-model.ts';
import { deleteImage, findImage, putImage } from '../ecr/images.ts';
import {
  createRepository,
  deleteLifecyclePolicy,
  deleteRepository,
  describeRepositories,
  putLifecyclePolicy,
  type Repository,
  type RepositoryImage,
  requireLifecyclePolicy,
  requireRepository,
  requireRepositoryOfArn,
  tagRepository,
  untagRepository,
} from '../ecr/repositories.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import {
  isTrueAt,
  type JsonInput,
  objectAt,
  objectsAt,
  requiredTextAt,
  tagList,
  tagListAt,
  textAt,
  textsAt,
} from './json-input.ts';
import { type JsonAction, jsonService } from './json-service.ts';

/** How long a registry's token lasts. */
const TOKEN_MS = 12 * 3_600_000;
const MANIFEST_TYPE_DEFAULT = 'application/vnd.docker.distribution.manifest.v2+json';

const ACTIONS: Readonly<Record<string, JsonAction>> = {
  CreateRepository: (model, input) => {
    const encryption = objectAt(input, 'encryptionConfiguration');
    const repository = createRepository(model, {
      name: requiredTextAt(input, 'repositoryName'),
      isImmutable: textAt(input, 'imageTagMutability') === 'IMMUTABLE',
      scansOnPush: isTrueAt(objectAt(input, 'imageScanningConfiguration'), 'scanOnPush'),
      encryption: {
        type: textAt(encryption, 'encryptionType') ?? 'AES256',
        ...dropAbsent({ kmsKey: textAt(encryption, 'kmsKey') }),
      },
      tags: tagListAt(input, 'tags'),
    });
    return { repository: repositoryShape(model, repository) };
  },

  DescribeRepositories: (model, input) => ({
    repositories: describeRepositories(model, textsAt(input, 'repositoryNames')).map((repository) =>
      repositoryShape(model, repository),
    ),
  }),

  DeleteRepository: (model, input) => {
    const repository = deleteRepository(model, repositoryName(input), isTrueAt(input, 'force'));
    return { repository: repositoryShape(model, repository) };
  },

  PutImageScanningConfiguration: (model, input) => {
    const repository = requireRepository(model, repositoryName(input));
    repository.scansOnPush = isTrueAt(objectAt(input, 'imageScanningConfiguration'), 'scanOnPush');
    return { repositoryName: repository.name, imageScanningConfiguration: { scanOnPush: repository.scansOnPush } };
  },

  PutImageTagMutability: (model, input) => {
    const repository = requireRepository(model, repositoryName(input));
    repository.isImmutable = requiredTextAt(input, 'imageTagMutability') === 'IMMUTABLE';
    return { repositoryName: repository.name, imageTagMutability: mutabilityOf(repository) };
  },

  PutLifecyclePolicy: (model, input) => {
    const name = repositoryName(input);
    putLifecyclePolicy(model, name, requiredTextAt(input, 'lifecyclePolicyText'));
    return lifecyclePolicyShape(name, requireLifecyclePolicy(model, name));
  },

  GetLifecyclePolicy: (model, input) => {
    const name = repositoryName(input);
    return lifecyclePolicyShape(name, requireLifecyclePolicy(model, name));
  },

  DeleteLifecyclePolicy: (model, input) => {
    const name = repositoryName(input);
    return lifecyclePolicyShape(name, deleteLifecyclePolicy(model, name));
  },

  TagResource: (model, input) => {
    tagRepository(model, requiredTextAt(input, 'resourceArn'), tagListAt(input, 'tags'));
    return {};
  },

  UntagResource: (model, input) => {
    untagRepository(model, requiredTextAt(input, 'resourceArn'), textsAt(input, 'tagKeys'));
    return {};
  },

  ListTagsForResource: (model, input) => ({
    tags: tagList(requireRepositoryOfArn(model, requiredTextAt(input, 'resourceArn')).tags),
  }),

  PutImage: (model, input) => {
    const name = repositoryName(input);
    const image = putImage(model, name, {
      manifest: requiredTextAt(input, 'imageManifest'),
      mediaType: textAt(input, 'imageManifestMediaType') ?? MANIFEST_TYPE_DEFAULT,
      ...dropAbsent({ tag: textAt(input, 'imageTag') }),
    });
    return { image: imageShape(model, name, image, textAt(input, 'imageTag')) };
  },

  ListImages: (model, input) => {
    const { images } = requireRepository(model, repositoryName(input));
    return { imageIds: images.flatMap(imageIds) };
  },

  BatchGetImage: (model, input) => {
    const repository = requireRepository(model, repositoryName(input));
    const asked = objectsAt(input, 'imageIds').map((imageId) => ({
      imageId,
      image: findImage(repository, idOf(imageId)),
    }));
    return {
      images: asked.flatMap(({ imageId, image }) =>
        image === undefined ? [] : [imageShape(model, repository.name, image, textAt(imageId, 'imageTag'))],
      ),
      failures: asked.flatMap(({ imageId, image }) => (image === undefined ? [notFoundShape(imageId)] : [])),
    };
  },

  BatchDeleteImage: (model, input) => {
    const repository = requireRepository(model, repositoryName(input));
    const asked = objectsAt(input, 'imageIds');
    const deleted = asked.filter((imageId) => deleteImage(repository, idOf(imageId)));
    return { imageIds: deleted, failures: asked.filter((imageId) => !deleted.includes(imageId)).map(notFoundShape) };
  },

  GetAuthorizationToken: ({ state, timers }) => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from('AWS:sandbox').toString('base64'),
        expiresAt: (timers.nowMs() + TOKEN_MS) / 1_000,
        proxyEndpoint: `https://${state.accountId}.dkr.ecr.${state.region}.amazonaws.com`,
      },
    ],
  }),
};

/** ECR in AWS JSON: repositories and what is known of their images. Nothing can be pushed or pulled here. */
export const ECR_JSON = jsonService({
  version: '1.1',
  targetPrefix: 'AmazonEC2ContainerRegistry_V20150921.',
  actions: ACTIONS,
});

const repositoryName = (input: JsonInput): string => requiredTextAt(input, 'repositoryName');

const mutabilityOf = ({ isImmutable }: Repository): string => (isImmutable ? 'IMMUTABLE' : 'MUTABLE');

function repositoryShape({ state }: CloudModel, repository: Repository): object {
  return {
    repositoryArn: repository.arn,
    registryId: state.accountId,
    repositoryName: repository.name,
    repositoryUri: `${state.accountId}.dkr.ecr.${state.region}.amazonaws.com/${repository.name}`,
    createdAt: repository.createdAtMs / 1_000,
    imageTagMutability: mutabilityOf(repository),
    imageScanningConfiguration: { scanOnPush: repository.scansOnPush },
    encryptionConfiguration: { encryptionType: repository.encryption.type, kmsKey: repository.encryption.kmsKey },
  };
}

function lifecyclePolicyShape(name: string, policy: string): object {
  return { repositoryName: name, lifecyclePolicyText: policy };
}

const idOf = (imageId: JsonInput): { digest?: string; tag?: string } =>
  dropAbsent({ digest: textAt(imageId, 'imageDigest'), tag: textAt(imageId, 'imageTag') });

/** An image once for each of its tags; once without one where it has none. */
function imageIds({ digest, tags }: RepositoryImage): readonly object[] {
  return tags.length === 0 ? [{ imageDigest: digest }] : tags.map((tag) => ({ imageDigest: digest, imageTag: tag }));
}

function imageShape({ state }: CloudModel, name: string, image: RepositoryImage, tag: string | undefined): object {
  return {
    registryId: state.accountId,
    repositoryName: name,
    imageId: { imageDigest: image.digest, ...dropAbsent({ imageTag: tag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

function notFoundShape(imageId: JsonInput): object {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}
