import type { CloudModel } from '../cloud-model.ts';
import { dropAbsent } from '../kubelet-flags.ts';
import {
  bodyDigest,
  deleteMessage,
  type Message,
  messageCounts,
  receiveMessages,
  sendMessage,
} from '../sqs/messages.ts';
import { effectiveAttributes, numericAttribute } from '../sqs/queue-attributes.ts';
import {
  createQueue,
  deleteQueue,
  listQueues,
  type Queue,
  requireQueue,
  setQueueAttributes,
  tagQueue,
  untagQueue,
} from '../sqs/queues.ts';
import { type JsonInput, mapAt, numberAt, requiredTextAt, textAt, textsAt } from './json-input.ts';
import { type JsonAction, jsonService } from './json-service.ts';
import type { WireRequest } from './wire-answer.ts';

/** How often a receiver that waits looks for a message. */
const LOOK_EVERY_MS = 50;

const ACTIONS: Readonly<Record<string, JsonAction>> = {
  CreateQueue: (model, input, request) => {
    const name = requiredTextAt(input, 'QueueName');
    const queue = createQueue(model, name, mapAt(input, 'Attributes'), mapAt(input, 'tags'));
    return { QueueUrl: queueUrl(model, queue, request) };
  },

  GetQueueUrl: (model, input, request) => ({
    QueueUrl: queueUrl(model, requireQueue(model, requiredTextAt(input, 'QueueName')), request),
  }),

  ListQueues: (model, input, request) => ({
    QueueUrls: listQueues(model, textAt(input, 'QueueNamePrefix')).map((queue) => queueUrl(model, queue, request)),
  }),

  GetQueueAttributes: (model, input) => {
    const asked = textsAt(input, 'AttributeNames');
    const all = Object.entries(attributesOf(model, requireQueue(model, queueName(input))));
    return { Attributes: Object.fromEntries(all.filter(([name]) => asked.includes('All') || asked.includes(name))) };
  },

  SetQueueAttributes: (model, input) => {
    setQueueAttributes(model, queueName(input), mapAt(input, 'Attributes'));
    return {};
  },

  TagQueue: (model, input) => {
    tagQueue(model, queueName(input), mapAt(input, 'Tags'));
    return {};
  },

  UntagQueue: (model, input) => {
    untagQueue(model, queueName(input), textsAt(input, 'TagKeys'));
    return {};
  },

  ListQueueTags: (model, input) => ({ Tags: requireQueue(model, queueName(input)).tags }),

  DeleteQueue: (model, input) => {
    deleteQueue(model, queueName(input));
    return {};
  },

  SendMessage: (model, input) => {
    const { id, body } = sendMessage(model, queueName(input), requiredTextAt(input, 'MessageBody'));
    return { MessageId: id, MD5OfMessageBody: bodyDigest(body) };
  },

  ReceiveMessage: async (model, input, _request, signal) => {
    const messages = await awaitMessages(model, input, signal);
    return messages.length === 0 ? {} : { Messages: messages.map(messageShape) };
  },

  DeleteMessage: (model, input) => {
    deleteMessage(model, queueName(input), requiredTextAt(input, 'ReceiptHandle'));
    return {};
  },
};

/** SQS in AWS JSON. Queues are named by their URLs, whatever host these were given out under. */
export const SQS_JSON = jsonService({ version: '1.0', targetPrefix: 'AmazonSQS.', actions: ACTIONS });

/** `<this server>/<account>/<name>`. */
function queueUrl({ state }: CloudModel, { name }: Queue, { headers }: WireRequest): string {
  return `http://${headers.host ?? 'localhost'}/${state.accountId}/${name}`;
}

function queueName(input: JsonInput): string {
  const url = requiredTextAt(input, 'QueueUrl');
  return url.slice(url.lastIndexOf('/') + 1);
}

/** The next messages, waited for as long as the request, or else the queue, says. */
async function awaitMessages(model: CloudModel, input: JsonInput, signal: AbortSignal): Promise<readonly Message[]> {
  const { timers } = model;
  const name = queueName(input);
  const options = dropAbsent({
    countMax: numberAt(input, 'MaxNumberOfMessages'),
    visibilitySeconds: numberAt(input, 'VisibilityTimeout'),
  });
  const queueWaitSeconds = numericAttribute(requireQueue(model, name).attributes, 'ReceiveMessageWaitTimeSeconds');
  const endMs = timers.nowMs() + (numberAt(input, 'WaitTimeSeconds') ?? queueWaitSeconds) * 1_000;
  let messages = receiveMessages(model, name, options);
  while (messages.length === 0 && timers.nowMs() < endMs && !signal.aborted) {
    await timers.sleep(LOOK_EVERY_MS, signal);
    messages = receiveMessages(model, name, options);
  }
  return messages;
}

function attributesOf(model: CloudModel, queue: Queue): Readonly<Record<string, string>> {
  const { visible, hidden } = messageCounts(model, queue);
  return {
    ...effectiveAttributes(queue.attributes),
    QueueArn: queue.arn,
    CreatedTimestamp: epochText(queue.createdAtMs),
    LastModifiedTimestamp: epochText(queue.modifiedAtMs),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: '0',
  };
}

function messageShape(message: Message): object {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyDigest(message.body),
    Body: message.body,
    Attributes: {
      SentTimestamp: String(message.sentAtMs),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
  };
}

const epochText = (ms: number): string => String(Math.floor(ms / 1_000));
