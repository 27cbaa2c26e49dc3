import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { createCloudModel } from '../cloud-model.ts';
import { deleteMessage, receiveMessages, sendMessage } from './messages.ts';
import { createQueue, requireQueue, setQueueAttributes } from './queues.ts';

function setUp(attributes: Record<string, string> = {}) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', account: 'bare' });
  createQueue(model, 'q', attributes, {});
  return { model, advance: (ms: number) => timers.run({ untilMs: timers.nowMs() + ms }) };
}

describe('a message', () => {
  test('comes back when nobody deletes it within the visibility timeout', async () => {
    const { model, advance } = setUp({ VisibilityTimeout: '60' });
    sendMessage(model, 'q', 'hello');
    expect(receiveMessages(model, 'q')).toHaveLength(1);
    await advance(59_999);
    expect(receiveMessages(model, 'q')).toEqual([]);
    await advance(1);
    const [again] = receiveMessages(model, 'q');
    expect(again?.receiveCount).toBe(2);
    deleteMessage(model, 'q', again?.receiptHandle ?? '');
    await advance(60_000);
    expect(receiveMessages(model, 'q')).toEqual([]);
  });

  test('is lost when it grows older than the retention', async () => {
    const { model, advance } = setUp({ MessageRetentionPeriod: '60' });
    sendMessage(model, 'q', 'hello');
    await advance(60_000);
    expect(receiveMessages(model, 'q')).toEqual([]);
  });

  test('is one of at most ten that are received at once, oldest first', () => {
    const { model } = setUp();
    for (let n = 0; n < 12; n++) sendMessage(model, 'q', String(n));
    expect(() => receiveMessages(model, 'q', { countMax: 11 })).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
    const bodies = receiveMessages(model, 'q', { countMax: 10 }).map(({ body }) => body);
    expect(bodies).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  test('cannot be deleted by a handle that nobody was given', () => {
    const { model } = setUp();
    expect(() => deleteMessage(model, 'q', 'made up')).toThrow(
      expect.objectContaining({ code: 'ReceiptHandleIsInvalid' }),
    );
  });
});

function policyWith(Condition: object): string {
  return JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition } });
}

describe('a queue', () => {
  test('keeps a policy that we can judge by', () => {
    const { model } = setUp();
    const policy = policyWith({ ArnEquals: { 'aws:SourceArn': 'arn:aws:events:::rule/r' } });
    setQueueAttributes(model, 'q', { Policy: policy });
    expect(requireQueue(model, 'q').attributes.Policy).toBe(policy);
    setQueueAttributes(model, 'q', { Policy: '' });
    expect(requireQueue(model, 'q').attributes).toEqual({});
  });

  test('may be created again with what it has, and with nothing else', () => {
    const { model } = setUp({ VisibilityTimeout: '60' });
    expect(createQueue(model, 'q', { VisibilityTimeout: '60' }, {}).name).toBe('q');
    expect(() => createQueue(model, 'q', { VisibilityTimeout: '61' }, {})).toThrow(
      expect.objectContaining({ code: 'QueueNameExists' }),
    );
  });

  test.each([
    ['Colour', 'red', 'InvalidAttributeName'],
    ['VisibilityTimeout', '43201', 'InvalidAttributeValue'],
    ['SqsManagedSseEnabled', 'yes', 'InvalidAttributeValue'],
    ['Policy', '{"Statement":"none"}', 'InvalidAttributeValue'],
    ['Policy', policyWith({ DateLessThan: { 'aws:CurrentTime': '2026-01-01' } }), 'InvalidAttributeValue'],
  ])('refuses %s %s', (name, value, code) => {
    const { model } = setUp();
    expect(() => setQueueAttributes(model, 'q', { [name]: value })).toThrow(expect.objectContaining({ code }));
  });
});
