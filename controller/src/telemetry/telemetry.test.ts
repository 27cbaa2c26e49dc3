import { describe, expect, test } from '@jest/globals';
import { OperationError } from '../ports/operation-error.ts';
import type { LogLevel } from '../ports/telemetry.ts';
import { createTelemetry } from './telemetry.ts';

function printing(level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, telemetry: createTelemetry({ level, write: (line) => lines.push(line) }) };
}

function logged(fields: Record<string, unknown>, message = 'm'): Record<string, unknown> {
  const { lines, telemetry } = printing();
  telemetry.log('info', 'controller', message, fields);
  return JSON.parse(lines[0] ?? '');
}

describe('a log record', () => {
  test('is one line of JSON with level, time, logger, message and its fields', () => {
    const { lines, telemetry } = printing();
    telemetry.log('warn', 'controller.provisioning', 'no room\nat all', { pods: 3, provisioner: 'default' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    const record = JSON.parse(lines[0] ?? '');
    expect(record).toEqual({
      level: 'WARN',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      logger: 'controller.provisioning',
      message: 'no room\nat all',
      pods: 3,
      provisioner: 'default',
    });
  });

  test('below the level is dropped, and the level changes at run time', () => {
    const { lines, telemetry } = printing('info');
    telemetry.log('debug', 'controller', 'unheard');
    telemetry.setLevel('debug');
    telemetry.log('debug', 'controller', 'heard');
    telemetry.setLevel('error');
    telemetry.log('warn', 'controller', 'unheard');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['heard']);
  });

  test('keeps its own keys when a field has the same name', () => {
    expect(logged({ level: 'high', message: 'mine', time: 1, logger: 'l' })).toMatchObject({
      level: 'INFO',
      message: 'm',
      _level: 'high',
      _message: 'mine',
    });
  });

  test.each([
    ['a token by its field', { token: 'hunter2' }],
    ['user data, however it is spelt', { UserData: 'hunter2', spec: { user_data: 'hunter2' } }],
    ['a header deep inside', { request: { headers: { Authorization: 'Basic hunter2' } } }],
    ['a secret access key in a list', { keys: [{ secretAccessKey: 'hunter2' }] }],
    ['a bearer token inside of a text', { error: 'refused: Bearer hunter2.abc' }],
    ['a signature inside of an address', { url: 'https://sts/?X-Amz-Signature=hunter2&a=b' }],
    ['a bearer token inside of an error', { error: new Error('sent Bearer hunter2') }],
    [
      'the data of a Secret',
      { object: { kind: 'Secret', data: { password2: 'hunter2' }, stringData: { a: 'hunter2' } } },
    ],
  ])('does not tell %s', (_what, fields) => {
    expect(JSON.stringify(logged(fields))).not.toContain('hunter2');
  });

  test('does not tell secrets in the message either', () => {
    expect(logged({}, 'got Bearer hunter2').message).toBe('got [redacted]');
  });

  test('tells an error of the outside world by code, message and cause, and one of ours with its stack', () => {
    const outside = new OperationError('throttled', 'backoff', 'slow down', { cause: new Error('HTTP 429') });
    expect(logged({ error: outside }).error).toMatchObject({
      name: 'OperationError',
      code: 'throttled',
      message: 'slow down',
      cause: { message: 'HTTP 429' },
    });
    expect(logged({ error: outside }).error).not.toHaveProperty('stack');
    expect(logged({ error: new TypeError('ours') }).error).toMatchObject({ stack: expect.stringContaining('ours') });
  });

  test('stays small and readable for whatever is put into it', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const record = logged({
      loop,
      long: 'x'.repeat(50_000),
      many: Array(5000).fill(1),
      big: 10n,
      set: new Set(['a']),
      bytes: Buffer.alloc(9),
    });
    expect(JSON.stringify(record).length).toBeLessThan(10_000);
    expect(record).toMatchObject({ big: '10', set: ['a'], bytes: '[9 bytes]' });
  });
});

describe('metrics', () => {
  test('are counted, set and observed by their series', async () => {
    const { telemetry } = printing();
    telemetry.count('karpenter_machines_created', { reason: 'provisioning', provisioner: 'default' });
    telemetry.count('karpenter_machines_created', { reason: 'provisioning', provisioner: 'default' }, 2);
    telemetry.gauge('karpenter_provisioner_usage', { provisioner: 'default', resource_type: 'cpu' }, 1.5);
    telemetry.observe('karpenter_provisioner_scheduling_duration_seconds', {}, 0.2);
    telemetry.observe('karpenter_pods_startup_time_seconds', {}, 7);
    const text = await telemetry.metrics();
    expect(text).toMatch(/^karpenter_machines_created\{.*reason="provisioning".*\} 3$/m);
    expect(text).toMatch(/^karpenter_provisioner_usage\{.*resource_type="cpu".*\} 1.5$/m);
    expect(text).toMatch(/^karpenter_provisioner_scheduling_duration_seconds_bucket\{le="0.2"\} 1$/m);
    expect(text).toMatch(/^karpenter_pods_startup_time_seconds\{quantile="0.5"\} 7$/m);
  });

  test('of an object that is gone are dropped, those of others stay', async () => {
    const { telemetry } = printing();
    for (const node_name of ['a', 'b']) {
      for (const resource_type of ['cpu', 'memory'])
        telemetry.gauge('karpenter_nodes_allocatable', { node_name, resource_type }, 1);
    }
    telemetry.forget('karpenter_nodes_allocatable', { node_name: 'a' });
    const text = await telemetry.metrics();
    expect(text).not.toContain('node_name="a"');
    expect(text.match(/node_name="b"/g)).toHaveLength(2);
  });

  test.each([
    ['a name that the catalogue lacks', 'karpenter_nonsense', {}],
    ['a label that the metric lacks', 'karpenter_machines_created', { colour: 'red' }],
    ['a use that does not fit the type', 'karpenter_provisioner_usage', {}],
  ])('throw at %s', (_what, name, labels) => {
    expect(() => printing().telemetry.count(name, labels as Record<string, string>)).toThrow();
  });
});
