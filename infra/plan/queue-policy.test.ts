import { describe, expect, test } from '@jest/globals';
import { isAllowed } from '../../controller/test/policy-evaluator.ts';
import { queuePolicy } from './queue-policy.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:KarpenterInterruption-demo';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/KarpenterRebalance-demo';
const POLICY = queuePolicy({ queueArn: QUEUE, ruleArns: [RULE] });

const OURS = {
  service: 'events.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: QUEUE,
  context: { 'aws:SourceArn': RULE, 'aws:SecureTransport': 'true' },
};

describe("the queue's policy", () => {
  test('lets our rule send', () => {
    expect(isAllowed(POLICY, OURS)).toBe(true);
  });

  test.each([
    ['another rule', { ...OURS, context: { ...OURS.context, 'aws:SourceArn': RULE.replace('demo', 'other') } }],
    [
      "another account's rule of the same name",
      { ...OURS, context: { ...OURS.context, 'aws:SourceArn': RULE.replace('123456789012', '210987654321') } },
    ],
    ['another service', { ...OURS, service: 'sns.amazonaws.com' }],
    ['our rule without TLS', { ...OURS, context: { ...OURS.context, 'aws:SecureTransport': 'false' } }],
  ])('refuses %s', (_who, request) => {
    expect(isAllowed(POLICY, request)).toBe(false);
  });

  test.each(['sqs:ReceiveMessage', 'sqs:PurgeQueue'])('lets nobody do %s by itself', (action) => {
    expect(isAllowed(POLICY, { ...OURS, action })).toBe(false);
  });
});
