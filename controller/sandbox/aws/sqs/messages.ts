import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { numericAttribute } from './queue-attributes.ts';
import { type Queue, requireQueue } from './queues.ts';

/** SQS's limit on one ReceiveMessage. */
const RECEIVE_MAX = 10;
const RECEIVE_DEFAULT = 1;

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  /** Hidden until then: after a receipt for the visibility timeout. */
  visibleAtMs: number;
  receiveCount: number;
  /** Of the last receipt. */
  receiptHandle: string;
  firstReceivedAtMs?: number;
}

/** Puts a message at the end of the queue. */
export function sendMessage(model: CloudModel, queueName: string, body: string): Message {
  const queue = requireQueue(model, queueName);
  if (body === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  const bytesMax = numericAttribute(queue.attributes, 'MaximumMessageSize');
  if (Buffer.byteLength(body) > bytesMax) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Message must be shorter than ${bytesMax} bytes.`,
    );
  }
  const nowMs = model.timers.nowMs();
  const message: Message = {
    id: model.nextId('m-'),
    body,
    sentAtMs: nowMs,
    visibleAtMs: nowMs + numericAttribute(queue.attributes, 'DelaySeconds') * 1_000,
    receiveCount: 0,
    receiptHandle: '',
  };
  queue.messages.push(message);
  return message;
}

/** The next messages that nobody works on; each is hidden from others for the visibility timeout, on the model's clock. */
export function receiveMessages(
  model: CloudModel,
  queueName: string,
  options: { readonly countMax?: number; readonly visibilitySeconds?: number } = {},
): readonly Message[] {
  const queue = requireQueue(model, queueName);
  const { countMax = RECEIVE_DEFAULT } = options;
  if (!Number.isSafeInteger(countMax) || countMax < 1 || countMax > RECEIVE_MAX) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${countMax} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and ${RECEIVE_MAX}, if provided.`,
    );
  }
  const hiddenMs = (options.visibilitySeconds ?? numericAttribute(queue.attributes, 'VisibilityTimeout')) * 1_000;
  const nowMs = model.timers.nowMs();
  dropExpired(queue, nowMs);
  const received = queue.messages.filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, countMax);
  for (const message of received) {
    message.visibleAtMs = nowMs + hiddenMs;
    message.receiveCount += 1;
    message.firstReceivedAtMs ??= nowMs;
    message.receiptHandle = `${message.id}#${message.receiveCount}`;
  }
  return received;
}

/** Removes a message for good by the handle of a receipt of it. A message that is gone already is no error. */
export function deleteMessage(model: CloudModel, queueName: string, receiptHandle: string): void {
  const queue = requireQueue(model, queueName);
  const [id, count] = receiptHandle.split('#');
  if (!id?.startsWith('m-') || count === undefined) {
    throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', 404);
  }
  queue.messages = queue.messages.filter((message) => message.id !== id);
}

/** How many messages can be received, and how many are hidden. */
export function messageCounts(model: CloudModel, queue: Queue): { readonly visible: number; readonly hidden: number } {
  const nowMs = model.timers.nowMs();
  dropExpired(queue, nowMs);
  const visible = queue.messages.filter(({ visibleAtMs }) => visibleAtMs <= nowMs).length;
  return { visible, hidden: queue.messages.length - visible };
}

/** The MD5 by which the SDK checks that a body came through. */
export function bodyDigest(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

function dropExpired(queue: Queue, nowMs: number): void {
  const retentionMs = numericAttribute(queue.attributes, 'MessageRetentionPeriod') * 1_000;
  queue.messages = queue.messages.filter(({ sentAtMs }) => sentAtMs + retentionMs > nowMs);
}
