import { describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { createCloudModel } from '../cloud-model.ts';
import { receiveMessages } from '../sqs/messages.ts';
import { createQueue, setQueueAttributes } from '../sqs/queues.ts';
import { publishEvent } from './publish-event.ts';
import { putRule, putTargets, requireRule } from './rules.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:q';
const RULE_ARN = 'arn:aws:events:us-east-1:123456789012:rule/state-change';
const ALLOW = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: ['sqs:SendMessage'],
  Resource: [QUEUE_ARN],
  Condition: { ArnEquals: { 'aws:SourceArn': [RULE_ARN] } },
};
const DENY_WITHOUT_TLS = {
  Effect: 'Deny',
  Principal: '*',
  Action: ['sqs:*'],
  Resource: [QUEUE_ARN],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const STOPPED = {
  source: 'aws.ec2',
  detailType: 'EC2 Instance State-change Notification',
  detail: { 'instance-id': 'i-0abc', state: 'stopped' },
};

/** A rule for instances that stop or end, and a queue with these statements as its policy. */
function setUp(statements: readonly object[]) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 5, clusterName: 'demo', account: 'bare' });
  createQueue(model, 'q', {}, {});
  if (statements.length > 0) setQueueAttributes(model, 'q', { Policy: JSON.stringify({ Statement: statements }) });
  const pattern = JSON.stringify({
    source: ['aws.ec2'],
    'detail-type': ['EC2 Instance State-change Notification'],
    detail: { state: ['stopped', 'terminated'] },
  });
  putRule(model, { name: 'state-change', pattern, isEnabled: true, description: '', tags: {} });
  putTargets(model, 'state-change', [{ id: 'queue', arn: QUEUE_ARN }]);
  const heard = (): readonly unknown[] =>
    receiveMessages(model, 'q', { countMax: 10 }).map(({ body }) => (JSON.parse(body) as { detail: unknown }).detail);
  return { model, heard };
}

describe('an event of AWS', () => {
  test('reaches a queue whose policy names the rule', () => {
    const { model, heard } = setUp([ALLOW, DENY_WITHOUT_TLS]);
    publishEvent(model, STOPPED);
    expect(heard()).toEqual([STOPPED.detail]);
  });

  test.each([
    ['no policy', []],
    ['a policy for another rule', [{ ...ALLOW, Condition: { ArnEquals: { 'aws:SourceArn': `${RULE_ARN}-2` } } }]],
    ['a policy for another service', [{ ...ALLOW, Principal: { Service: 'sns.amazonaws.com' } }]],
    ['a policy for another queue', [{ ...ALLOW, Resource: `${QUEUE_ARN}-2` }]],
    ['a policy for another action', [{ ...ALLOW, Action: 'sqs:ReceiveMessage' }]],
    ['a denial beside the permission', [ALLOW, { ...ALLOW, Effect: 'Deny' }]],
  ])('is lost before a queue with %s', (_what, statements) => {
    const { model, heard } = setUp(statements);
    publishEvent(model, STOPPED);
    expect(heard()).toEqual([]);
  });

  test.each([
    ['another source', { ...STOPPED, source: 'aws.health' }],
    ['another kind', { ...STOPPED, detailType: 'EC2 Spot Instance Interruption Warning' }],
    ['another state', { ...STOPPED, detail: { state: 'running' } }],
    ['no state', { ...STOPPED, detail: {} }],
  ])('of %s does not match', (_what, event) => {
    const { model, heard } = setUp([ALLOW]);
    publishEvent(model, event);
    expect(heard()).toEqual([]);
  });

  test('passes a rule that is switched off', () => {
    const { model, heard } = setUp([ALLOW]);
    requireRule(model, 'state-change').isEnabled = false;
    publishEvent(model, STOPPED);
    expect(heard()).toEqual([]);
  });

  test('matches by prefix, and by what is absent', () => {
    const { model, heard } = setUp([ALLOW]);
    const pattern = JSON.stringify({ source: [{ prefix: 'aws.' }], detail: { state: [{ exists: false }] } });
    putRule(model, { name: 'state-change', pattern, isEnabled: true, description: '', tags: {} });
    publishEvent(model, STOPPED);
    publishEvent(model, { ...STOPPED, detail: { code: 1 } });
    expect(heard()).toEqual([{ code: 1 }]);
  });
});
