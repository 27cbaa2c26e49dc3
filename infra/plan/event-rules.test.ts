import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type InterruptionMessage, parseInterruptionMessage } from '../../controller/src/aws/interruption-message.ts';
import { eventRules } from './event-rules.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** EventBridge's matching, of equal values only: every key of the pattern must hold one of its values, at any depth. */
function matches(pattern: unknown, event: Json | undefined): boolean {
  if (Array.isArray(pattern)) return pattern.includes(event);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return false;
  const members = event as Readonly<Record<string, Json>>;
  return Object.entries(pattern as Readonly<Record<string, unknown>>).every(([key, wanted]) =>
    matches(wanted, members[key]),
  );
}

const RULES = eventRules('demo');
const rulesFor = (event: Json) => {
  // As it is rendered: what counts is what EventBridge gets.
  return RULES.filter(({ pattern }) => matches(JSON.parse(JSON.stringify(pattern)), event)).map(({ key }) => key);
};

const SAMPLES = join(import.meta.dirname, '../../controller/test/samples/events');
const samples = readdirSync(SAMPLES)
  .sort()
  .map((file) => ({ file, body: readFileSync(join(SAMPLES, file), 'utf8') }));

const INSTANCE = 'i-0a1b2c3d4e5f60718';
const WANTED: Readonly<Record<string, { readonly rule: string; readonly message: Partial<InterruptionMessage> }>> = {
  'capacity-reservation.json': { rule: 'capacity-reservation', message: { kind: 'capacity-reservation' } },
  'rebalance.json': { rule: 'rebalance', message: { kind: 'rebalance' } },
  'scheduled-change.json': {
    rule: 'scheduled-change',
    message: { kind: 'scheduled-change', instanceIds: [INSTANCE, 'i-0a1b2c3d4e5f60719'] },
  },
  'spot-interruption.json': { rule: 'spot-interruption', message: { kind: 'spot-interruption' } },
  'state-change-shutting-down.json': {
    rule: 'state-change',
    message: { kind: 'state-change', state: 'shutting-down' },
  },
  'state-change-stopped.json': { rule: 'state-change', message: { kind: 'state-change', state: 'stopped' } },
  'state-change-stopping.json': { rule: 'state-change', message: { kind: 'state-change', state: 'stopping' } },
  'state-change-terminated.json': { rule: 'state-change', message: { kind: 'state-change', state: 'terminated' } },
};

describe('an event that concerns an instance', () => {
  test('has a sample for every rule', () => {
    expect(samples.map(({ file }) => file)).toEqual(Object.keys(WANTED));
    expect(new Set(Object.values(WANTED).map(({ rule }) => rule))).toEqual(new Set(RULES.map(({ key }) => key)));
  });

  test.each(samples)('as in $file, matches exactly one rule and is understood by the controller', ({ file, body }) => {
    expect(rulesFor(JSON.parse(body))).toEqual([WANTED[file]?.rule]);
    expect(parseInterruptionMessage(body)).toEqual({
      instanceIds: [INSTANCE],
      sentAtMs: Date.UTC(2026, 2, 1, 8, 15, 30),
      ...WANTED[file]?.message,
    });
  });
});

describe('an event that needs nothing', () => {
  const ec2 = (detailType: string, detail: Json) => ({
    version: '0',
    source: 'aws.ec2',
    'detail-type': detailType,
    detail,
  });
  const health = (detail: Json) => ({ version: '0', source: 'aws.health', 'detail-type': 'AWS Health Event', detail });
  const affectedEntities = [{ entityValue: INSTANCE }];

  test.each<[string, Json]>([
    [
      'an instance that starts',
      ec2('EC2 Instance State-change Notification', { 'instance-id': INSTANCE, state: 'pending' }),
    ],
    [
      'an instance that runs',
      ec2('EC2 Instance State-change Notification', { 'instance-id': INSTANCE, state: 'running' }),
    ],
    [
      "another service's scheduled change",
      health({ service: 'RDS', eventTypeCategory: 'scheduledChange', affectedEntities }),
    ],
    ['an outage of EC2', health({ service: 'EC2', eventTypeCategory: 'issue', affectedEntities })],
    ['a fleet that changes', ec2('EC2 Fleet State Change', { 'instance-id': INSTANCE })],
    [
      'a spot warning that somebody else made up',
      { ...ec2('EC2 Spot Instance Interruption Warning', { 'instance-id': INSTANCE }), source: 'my.app' },
    ],
  ])('%s stays out of the queue, and is let pass if it comes all the same', (_story, event) => {
    expect(rulesFor(event)).toEqual([]);
    expect(parseInterruptionMessage(JSON.stringify(event))).toMatchObject({ kind: 'none' });
  });
});

test('two clusters in one account have rules of different names', () => {
  const names = [...eventRules('one'), ...eventRules('two')].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('the longest cluster name still makes names that EventBridge takes', () => {
  const names = eventRules('c'.repeat(100)).map(({ name }) => name);
  expect(names.filter((name) => !/^[\w.-]{1,64}$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
