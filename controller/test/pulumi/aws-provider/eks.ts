import {
  CreateAccessEntryCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAccessEntryCommand,
  DeletePodIdentityAssociationCommand,
  DescribeAccessEntryCommand,
  DescribePodIdentityAssociationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { type Properties, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

const NOT_FOUND = 'ResourceNotFoundException';

/** aws:eks/accessEntry:AccessEntry. Its id is `<cluster>:<principal's ARN>`. */
export const ACCESS_ENTRY: ResourceType<AwsWorld> = {
  inputs: ['clusterName', 'principalArn', 'type', 'tags'],
  required: ['clusterName', 'principalArn'],
  defaults: { type: 'STANDARD' },
  replaceOn: ['clusterName', 'principalArn', 'type'],
  computed: ['accessEntryArn', 'createdAt', 'modifiedAt', 'kubernetesGroups', 'userName', 'tagsAll'],
  create: async ({ eks }, inputs) => {
    const [clusterName, principalArn] = [text(inputs, 'clusterName'), text(inputs, 'principalArn')];
    await eks.send(
      new CreateAccessEntryCommand({ clusterName, principalArn, type: text(inputs, 'type'), tags: tags(inputs) }),
    );
    return `${clusterName}:${principalArn}`;
  },
  read: async ({ eks }, id) => {
    const answer = await absent(eks.send(new DescribeAccessEntryCommand(entryOf(id))), NOT_FOUND);
    const entry = answer?.accessEntry;
    if (entry === undefined) return undefined;
    return {
      clusterName: entry.clusterName,
      principalArn: entry.principalArn,
      type: entry.type,
      tags: entry.tags ?? {},
      tagsAll: entry.tags ?? {},
      accessEntryArn: entry.accessEntryArn,
      createdAt: entry.createdAt?.toISOString(),
      modifiedAt: entry.modifiedAt?.toISOString(),
      kubernetesGroups: entry.kubernetesGroups ?? [],
      userName: entry.username,
    };
  },
  update: (world, _id, olds, news) => retag(world, text(olds, 'accessEntryArn'), olds, news),
  delete: async ({ eks }, id) => {
    await absent(eks.send(new DeleteAccessEntryCommand(entryOf(id))), NOT_FOUND);
  },
};

/** The ARN has colons of its own. */
function entryOf(id: string) {
  const at = id.indexOf(':');
  return { clusterName: id.slice(0, at), principalArn: id.slice(at + 1) };
}

/** aws:eks/podIdentityAssociation:PodIdentityAssociation. Its id is the association's. */
export const POD_IDENTITY_ASSOCIATION: ResourceType<AwsWorld> = {
  inputs: ['clusterName', 'namespace', 'serviceAccount', 'roleArn', 'tags'],
  required: ['clusterName', 'namespace', 'serviceAccount', 'roleArn'],
  replaceOn: ['clusterName', 'namespace', 'serviceAccount'],
  computed: ['associationArn', 'associationId', 'tagsAll'],
  create: async ({ eks }, inputs) => {
    const { association } = await eks.send(
      new CreatePodIdentityAssociationCommand({
        clusterName: text(inputs, 'clusterName'),
        namespace: text(inputs, 'namespace'),
        serviceAccount: text(inputs, 'serviceAccount'),
        roleArn: text(inputs, 'roleArn'),
        tags: tags(inputs),
      }),
    );
    return association?.associationId ?? '';
  },
  read: async ({ eks }, associationId, known) => {
    const clusterName = text(known, 'clusterName');
    const answer = await absent(
      eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId })),
      NOT_FOUND,
    );
    const association = answer?.association;
    if (association === undefined) return undefined;
    return {
      clusterName: association.clusterName,
      namespace: association.namespace,
      serviceAccount: association.serviceAccount,
      roleArn: association.roleArn,
      tags: association.tags ?? {},
      tagsAll: association.tags ?? {},
      associationArn: association.associationArn,
      associationId,
    };
  },
  update: async (world, associationId, olds, news) => {
    const [clusterName, roleArn] = [text(news, 'clusterName'), text(news, 'roleArn')];
    await world.eks.send(new UpdatePodIdentityAssociationCommand({ clusterName, associationId, roleArn }));
    await retag(world, text(olds, 'associationArn'), olds, news);
  },
  delete: async ({ eks }, associationId, known) => {
    const clusterName = text(known, 'clusterName');
    await absent(eks.send(new DeletePodIdentityAssociationCommand({ clusterName, associationId })), NOT_FOUND);
  },
};

async function retag({ eks }: AwsWorld, resourceArn: string, olds: Properties, news: Properties): Promise<void> {
  const { removed, set } = tagChanges(tags(olds), tags(news));
  if (removed.length > 0) await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: removed }));
  if (Object.keys(set).length > 0) await eks.send(new TagResourceCommand({ resourceArn, tags: set }));
}
