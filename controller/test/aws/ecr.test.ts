import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNTS, type Account } from './account.ts';

const START_MS_MAX = 120_000;
// moto loads a service at the first request for it.
jest.setTimeout(60_000);
const MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const manifest = (digit: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: 1,
      digest: `sha256:${digit.repeat(64)}`,
    },
    layers: [],
  });

describe.each(ACCOUNTS)('ECR of %s', (_name, open) => {
  let account: Account;
  beforeAll(async () => {
    account = await open();
  }, START_MS_MAX);
  afterAll(() => account?.close());

  test('a repository keeps its settings and its tags', async () => {
    const { ecr } = account;
    const named = { repositoryName: 'karpenter/controller' };
    const created = await ecr.send(
      new CreateRepositoryCommand({
        ...named,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        tags: [{ Key: 'team', Value: 'a' }],
      }),
    );
    const { repository } = created;
    expect(repository).toMatchObject({
      repositoryArn: 'arn:aws:ecr:us-east-1:123456789012:repository/karpenter/controller',
      repositoryUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/karpenter/controller',
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    await expect(ecr.send(new CreateRepositoryCommand(named))).rejects.toMatchObject({
      name: 'RepositoryAlreadyExistsException',
    });
    await ecr.send(
      new PutImageScanningConfigurationCommand({ ...named, imageScanningConfiguration: { scanOnPush: false } }),
    );
    await ecr.send(new PutImageTagMutabilityCommand({ ...named, imageTagMutability: 'MUTABLE' }));
    const { repositories } = await ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: [named.repositoryName] }),
    );
    expect(repositories).toMatchObject([
      { imageTagMutability: 'MUTABLE', imageScanningConfiguration: { scanOnPush: false } },
    ]);
    const resourceArn = repository?.repositoryArn;
    await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'env', Value: 'dev' }] }));
    await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: 'env', Value: 'dev' }]);
    await ecr.send(new DeleteRepositoryCommand(named));
    await expect(
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [named.repositoryName] })),
    ).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });

  test('a lifecycle policy is there once it is put', async () => {
    const { ecr } = account;
    const named = { repositoryName: 'aging' };
    await ecr.send(new CreateRepositoryCommand(named));
    await expect(ecr.send(new GetLifecyclePolicyCommand(named))).rejects.toMatchObject({
      name: 'LifecyclePolicyNotFoundException',
    });
    const rule = {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 10 },
      action: { type: 'expire' },
    };
    const lifecyclePolicyText = JSON.stringify({ rules: [rule] });
    await ecr.send(new PutLifecyclePolicyCommand({ ...named, lifecyclePolicyText }));
    expect(await ecr.send(new GetLifecyclePolicyCommand(named))).toMatchObject({ lifecyclePolicyText });
    await ecr.send(new DeleteRepositoryCommand(named));
  });

  test('a repository with images goes only by force', async () => {
    const { ecr } = account;
    const named = { repositoryName: 'full' };
    await ecr.send(new CreateRepositoryCommand({ ...named, imageTagMutability: 'IMMUTABLE' }));
    const image = { ...named, imageManifest: manifest('a'), imageManifestMediaType: MEDIA_TYPE, imageTag: 'v1' };
    const { image: pushed } = await ecr.send(new PutImageCommand(image));
    const { imageIds } = await ecr.send(new ListImagesCommand(named));
    expect(imageIds).toEqual([{ imageDigest: pushed?.imageId?.imageDigest, imageTag: 'v1' }]);
    const read = await ecr.send(
      new BatchGetImageCommand({ ...named, imageIds: [{ imageTag: 'v1' }, { imageTag: 'v2' }] }),
    );
    expect(read.images).toMatchObject([{ imageId: { imageTag: 'v1' }, imageManifest: image.imageManifest }]);
    expect(read.failures).toMatchObject([{ imageId: { imageTag: 'v2' }, failureCode: 'ImageNotFound' }]);
    await expect(ecr.send(new DeleteRepositoryCommand(named))).rejects.toMatchObject({
      name: 'RepositoryNotEmptyException',
    });
    await ecr.send(new DeleteRepositoryCommand({ ...named, force: true }));
  });
});
