import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';
import type { Message } from './messages.ts';
import { checkQueueAttributes } from './queue-attributes.ts';

const NAME_PATTERN = /^[\w-]{1,80}$/;

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  /** Those that were set, by SQS's names. */
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** Oldest first. */
  messages: Message[];
}

/** A new queue, or the one with this name where it has the same attributes; with others it throws QueueNameExists. */
export function createQueue(
  model: CloudModel,
  name: string,
  attributes: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): Queue {
  const { queues, region, accountId } = model.state;
  if (!NAME_PATTERN.test(name)) {
    throw new AwsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  checkQueueAttributes(attributes);
  checkQueueTags(tags);
  const existing = Object.hasOwn(queues, name) ? queues[name] : undefined;
  if (existing !== undefined) {
    const isSame = Object.entries(attributes).every(([key, value]) => existing.attributes[key] === value);
    if (isSame) return existing;
    throw new AwsError('QueueNameExists', `A queue already exists with the same name and a different value: ${name}`);
  }
  const nowMs = model.timers.nowMs();
  const queue: Queue = {
    name,
    arn: `arn:aws:sqs:${region}:${accountId}:${name}`,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    attributes: { ...attributes },
    tags: { ...tags },
    messages: [],
  };
  queues[name] = queue;
  return queue;
}

/** The queue, or a thrown QueueDoesNotExist. */
export function requireQueue({ state }: CloudModel, name: string): Queue {
  const queue = Object.hasOwn(state.queues, name) ? state.queues[name] : undefined;
  if (queue !== undefined) return queue;
  throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** Queues by name that begin with `prefix`. */
export function listQueues({ state }: CloudModel, prefix = ''): readonly Queue[] {
  return Object.values(state.queues)
    .filter(({ name }) => name.startsWith(prefix))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Sets attributes; an empty text takes one away. */
export function setQueueAttributes(
  model: CloudModel,
  name: string,
  attributes: Readonly<Record<string, string>>,
): void {
  const queue = requireQueue(model, name);
  checkQueueAttributes(attributes);
  const merged = { ...queue.attributes, ...attributes };
  queue.attributes = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
  queue.modifiedAtMs = model.timers.nowMs();
}

/** Adds tags, or gives them other values. */
export function tagQueue(model: CloudModel, name: string, tags: Readonly<Record<string, string>>): void {
  const queue = requireQueue(model, name);
  const merged = { ...queue.tags, ...tags };
  checkQueueTags(merged);
  queue.tags = merged;
}

/** Removes tags; absent ones are no error. */
export function untagQueue(model: CloudModel, name: string, keys: readonly string[]): void {
  const queue = requireQueue(model, name);
  queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key)));
}

/** Removes the queue with its messages. The name is free at once; the real one keeps it for a minute. */
export function deleteQueue(model: CloudModel, name: string): void {
  requireQueue(model, name);
  delete model.state.queues[name];
}

function checkQueueTags(tags: Readonly<Record<string, string>>): void {
  checkTags(tags, { invalid: 'InvalidParameterValue', tooMany: 'InvalidParameterValue' });
}
