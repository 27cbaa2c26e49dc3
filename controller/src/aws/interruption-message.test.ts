import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseInterruptionMessage } from './interruption-message.ts';

const SPOT = {
  version: '0',
  source: 'aws.ec2',
  'detail-type': 'EC2 Spot Instance Interruption Warning',
  time: '2026-03-01T08:15:30Z',
  detail: { 'instance-id': 'i-0a' },
};
const HEALTH = {
  ...SPOT,
  source: 'aws.health',
  'detail-type': 'AWS Health Event',
  detail: { service: 'EC2', eventTypeCategory: 'scheduledChange', affectedEntities: [{ entityValue: 'i-0a' }] },
};
const parse = (event: unknown) => parseInterruptionMessage(JSON.stringify(event));

describe('a message of the interruption queue', () => {
  test('counts without its time: an interruption is not lost for want of a timestamp', () => {
    const { time: _time, ...timeless } = SPOT;
    expect(parse(timeless)).toEqual({ kind: 'spot-interruption', instanceIds: ['i-0a'], sentAtMs: undefined });
  });

  test('names each instance once, and nothing that is none', () => {
    const affectedEntities = ['i-0b', 'h-host', 'i-0a', 'i-0b'].map((entityValue) => ({ entityValue }));
    expect(parse({ ...HEALTH, detail: { ...HEALTH.detail, affectedEntities } })).toMatchObject({
      kind: 'scheduled-change',
      instanceIds: ['i-0b', 'i-0a'],
    });
  });

  test('is read whatever the case of the state', () => {
    const detail = { 'instance-id': 'i-0a', state: 'Shutting-Down' };
    expect(parse({ ...SPOT, 'detail-type': 'EC2 Instance State-change Notification', detail })).toMatchObject({
      kind: 'state-change',
      state: 'shutting-down',
    });
  });

  test.each<[string, string]>([
    ['no text', ''],
    ['no JSON', 'hello'],
    ['cut off', JSON.stringify(SPOT).slice(0, -1)],
    ['a list', '[]'],
    ['null', 'null'],
    ['an envelope of another version', JSON.stringify({ ...SPOT, version: '1' })],
    ['without a detail', JSON.stringify({ ...SPOT, detail: null })],
    ['without an instance', JSON.stringify({ ...SPOT, detail: {} })],
    ['of an instance that is a number', JSON.stringify({ ...SPOT, detail: { 'instance-id': 7 } })],
    ['of entities that are no list', JSON.stringify({ ...HEALTH, detail: { ...HEALTH.detail, affectedEntities: {} } })],
    ['of a source that cannot become a text', JSON.stringify({ ...SPOT, source: { toString: 1, valueOf: 1 } })],
    ['nested beyond the stack', `{"version":"0","detail":{},"source":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('is none, and says why, when it is %s', (_story, body) => {
    expect(parseInterruptionMessage(body)).toEqual({ kind: 'none', why: expect.stringMatching(/./) });
  });

  test('never throws, and names an instance whenever it is something', () => {
    const members = fc.record(
      {
        version: fc.constantFrom('0', '1'),
        source: fc.oneof(fc.constantFrom('aws.ec2', 'aws.health'), fc.jsonValue()),
        'detail-type': fc.oneof(
          fc.constantFrom(SPOT['detail-type'], HEALTH['detail-type'], 'EC2 Instance State-change Notification'),
          fc.jsonValue(),
        ),
        time: fc.jsonValue(),
        detail: fc.oneof(fc.constantFrom<unknown>(SPOT.detail, HEALTH.detail), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      members.map((event) => JSON.stringify(event)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const message = parseInterruptionMessage(body);
        return message.kind === 'none' ? message.why !== '' : message.instanceIds.length > 0;
      }),
      { seed: 20260301, numRuns: 500 },
    );
  });
});
