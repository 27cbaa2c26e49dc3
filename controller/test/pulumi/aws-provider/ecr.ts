import {
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  type ImageTagMutability,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { isSameDocument } from '../plugin/difference.ts';
import { type Properties, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges, tagList, tagRecord } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

const NOT_FOUND = 'RepositoryNotFoundException';

/** aws:ecr/repository:Repository. Its id is its name. */
export const REPOSITORY: ResourceType<AwsWorld> = {
  inputs: [
    'name',
    'imageTagMutability',
    'imageScanningConfiguration',
    'encryptionConfigurations',
    'forceDelete',
    'tags',
  ],
  required: ['name'],
  defaults: { imageTagMutability: 'MUTABLE', forceDelete: false },
  replaceOn: ['name', 'encryptionConfigurations'],
  computed: ['arn', 'registryId', 'repositoryUrl', 'tagsAll'],
  create: async ({ ecr }, inputs) => {
    const [encryption] = (inputs.encryptionConfigurations ?? []) as readonly { encryptionType: 'AES256' | 'KMS' }[];
    await ecr.send(
      new CreateRepositoryCommand({
        repositoryName: text(inputs, 'name'),
        imageTagMutability: tagMutability(inputs),
        imageScanningConfiguration: scanning(inputs),
        ...(encryption === undefined ? {} : { encryptionConfiguration: { encryptionType: encryption.encryptionType } }),
        tags: tagList(tags(inputs)),
      }),
    );
    return text(inputs, 'name');
  },
  read: async ({ ecr }, name, known) => {
    const answer = await absent(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })), NOT_FOUND);
    const repository = answer?.repositories?.[0];
    if (repository === undefined) return undefined;
    const listed = await ecr.send(new ListTagsForResourceCommand({ resourceArn: repository.repositoryArn }));
    const ownTags = tagRecord(listed.tags);
    return {
      name,
      imageTagMutability: repository.imageTagMutability,
      imageScanningConfiguration: { scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false },
      encryptionConfigurations: [{ encryptionType: repository.encryptionConfiguration?.encryptionType }],
      forceDelete: known.forceDelete,
      tags: ownTags,
      tagsAll: ownTags,
      arn: repository.repositoryArn,
      registryId: repository.registryId,
      repositoryUrl: repository.repositoryUri,
    };
  },
  update: async ({ ecr }, repositoryName, olds, news) => {
    const imageScanningConfiguration = scanning(news);
    await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
    const imageTagMutability = tagMutability(news);
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability }));
    const resourceArn = text(olds, 'arn');
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: removed }));
    if (Object.keys(set).length > 0) await ecr.send(new TagResourceCommand({ resourceArn, tags: tagList(set) }));
  },
  delete: async ({ ecr }, repositoryName, known) => {
    const force = known.forceDelete === true;
    await absent(ecr.send(new DeleteRepositoryCommand({ repositoryName, force })), NOT_FOUND);
  },
};

const tagMutability = (inputs: Properties) => text(inputs, 'imageTagMutability') as ImageTagMutability;

const scanning = (inputs: Properties) => ({
  scanOnPush: (inputs.imageScanningConfiguration as { scanOnPush?: boolean } | undefined)?.scanOnPush === true,
});

/** aws:ecr/lifecyclePolicy:LifecyclePolicy. Its id is the repository's name. */
export const LIFECYCLE_POLICY: ResourceType<AwsWorld> = {
  inputs: ['repository', 'policy'],
  required: ['repository', 'policy'],
  replaceOn: ['repository'],
  computed: ['registryId'],
  isSame: { policy: isSameDocument },
  create: async (world, inputs) => {
    await putLifecyclePolicy(world, text(inputs, 'repository'), text(inputs, 'policy'));
    return text(inputs, 'repository');
  },
  read: async ({ ecr }, repositoryName) => {
    const answer = await absent(
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
      NOT_FOUND,
      'LifecyclePolicyNotFoundException',
    );
    if (answer === undefined) return undefined;
    return { repository: repositoryName, policy: answer.lifecyclePolicyText, registryId: answer.registryId };
  },
  update: (world, repository, _olds, news) => putLifecyclePolicy(world, repository, text(news, 'policy')),
  delete: async ({ ecr }, repositoryName) => {
    await absent(
      ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName })),
      NOT_FOUND,
      'LifecyclePolicyNotFoundException',
    );
  },
};

async function putLifecyclePolicy({ ecr }: AwsWorld, repositoryName: string, lifecyclePolicyText: string) {
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
}
