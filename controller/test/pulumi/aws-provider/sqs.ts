import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { isSameDocument } from '../plugin/difference.ts';
import { type Properties, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

/** Inputs that are attributes of the queue, with SQS's own defaults as texts, which is how it spells every attribute. */
const ATTRIBUTES = {
  delaySeconds: ['DelaySeconds', 0],
  messageRetentionSeconds: ['MessageRetentionPeriod', 345_600],
  receiveWaitTimeSeconds: ['ReceiveMessageWaitTimeSeconds', 0],
  visibilityTimeoutSeconds: ['VisibilityTimeout', 30],
  sqsManagedSseEnabled: ['SqsManagedSseEnabled', true],
} as const;

/** aws:sqs/queue:Queue. Its id is its URL. */
export const QUEUE: ResourceType<AwsWorld> = {
  inputs: ['name', ...Object.keys(ATTRIBUTES), 'tags'],
  required: ['name'],
  defaults: Object.fromEntries(Object.entries(ATTRIBUTES).map(([input, [, value]]) => [input, value])),
  replaceOn: ['name'],
  computed: ['arn', 'url', 'tagsAll'],
  create: async ({ sqs }, inputs) => {
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: text(inputs, 'name'), Attributes: attributes(inputs), tags: tags(inputs) }),
    );
    return QueueUrl ?? '';
  },
  read: async (world, id) => {
    const found = await attributesHere(world, id);
    if (found === undefined) return undefined;
    const { Tags = {} } = await world.sqs.send(new ListQueueTagsCommand({ QueueUrl: found.url }));
    const inputs = Object.entries(ATTRIBUTES).map(([input, [attribute, standard]]) => {
      const spelled = found.attributes[attribute] ?? String(standard);
      return [input, typeof standard === 'number' ? Number(spelled) : spelled === 'true'];
    });
    const name = queueName(id);
    return { name, ...Object.fromEntries(inputs), tags: Tags, tagsAll: Tags, arn: found.attributes.QueueArn, url: id };
  },
  update: async (world, id, olds, news) => {
    const QueueUrl = await urlHere(world, id);
    await world.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes(news) }));
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) await world.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: removed }));
    if (Object.keys(set).length > 0) await world.sqs.send(new TagQueueCommand({ QueueUrl, Tags: set }));
  },
  delete: async (world, id) => {
    const QueueUrl = await urlHere(world, id);
    if (QueueUrl !== undefined) await world.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
};

/** aws:sqs/queuePolicy:QueuePolicy. Its id is the queue's URL. */
export const QUEUE_POLICY: ResourceType<AwsWorld> = {
  inputs: ['queueUrl', 'policy'],
  required: ['queueUrl', 'policy'],
  replaceOn: ['queueUrl'],
  isSame: { policy: isSameDocument },
  create: async (world, inputs) => {
    await setPolicy(world, text(inputs, 'queueUrl'), text(inputs, 'policy'));
    return text(inputs, 'queueUrl');
  },
  read: async (world, id) => {
    const policy = (await attributesHere(world, id))?.attributes.Policy;
    return policy === undefined || policy === '' ? undefined : { queueUrl: id, policy };
  },
  update: (world, id, _olds, news) => setPolicy(world, id, text(news, 'policy')),
  delete: (world, id) => setPolicy(world, id, ''),
};

async function setPolicy(world: AwsWorld, url: string, Policy: string): Promise<void> {
  const QueueUrl = await urlHere(world, url);
  if (QueueUrl !== undefined) {
    await world.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }
}

const attributes = (inputs: Properties): Record<string, string> =>
  Object.fromEntries(Object.entries(ATTRIBUTES).map(([input, [attribute]]) => [attribute, String(inputs[input])]));

const queueName = (url: string): string => url.split('/').at(-1) ?? '';

/** The queue of that name has another URL in each world. */
const urlHere = async ({ sqs }: AwsWorld, url: string): Promise<string | undefined> =>
  (
    await absent(
      sqs.send(new GetQueueUrlCommand({ QueueName: queueName(url) })),
      'QueueDoesNotExist',
      'AWS.SimpleQueueService.NonExistentQueue',
    )
  )?.QueueUrl;

async function attributesHere(world: AwsWorld, id: string) {
  const url = await urlHere(world, id);
  if (url === undefined) return undefined;
  const { Attributes = {} } = await world.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  return { url, attributes: Attributes as Readonly<Record<string, string | undefined>> };
}
