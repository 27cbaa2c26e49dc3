import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changedSettings, LIVE_SETTINGS, parseProcessOptions, parseSettings } from './config.ts';
import { parseGoDuration } from './config-values.ts';

const MINIMAL = { 'aws.clusterName': 'demo' };

function settingsOf(data: Record<string, string>, env: Record<string, string> = {}) {
  const parsed = parseSettings(data, env);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

function problemsOf(data: Record<string, string>, env: Record<string, string> = {}): string[] {
  const parsed = parseSettings(data, env);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe('settings', () => {
  test('a cluster name is enough: everything else has upstream defaults', () => {
    expect(settingsOf(MINIMAL)).toEqual({
      batchMaxDurationMs: 10_000,
      batchIdleDurationMs: 1_000,
      driftEnabled: false,
      launchesPaused: false,
      nodeCostNanoUsdPerHour: 10_000_000,
      nodeShareMax: 1,
      clusterName: 'demo',
      clusterEndpoint: undefined,
      clusterCaBundleBase64: undefined,
      defaultInstanceProfile: undefined,
      enablePodEni: false,
      enableEniLimitedPodDensity: true,
      isolatedVpc: false,
      vmMemoryOverheadFraction: 0.075,
      interruptionQueueName: undefined,
      tags: {},
      reservedEnis: 0,
      assumeRoleArn: undefined,
      assumeRoleDurationMs: 900_000,
    });
  });

  test('launches are paused by a word that means it, at once', () => {
    expect(settingsOf({ ...MINIMAL, 'launches.paused': 'true' }).launchesPaused).toBe(true);
    expect(problemsOf({ ...MINIMAL, 'launches.paused': 'please' })).toEqual([
      expect.stringContaining('launches.paused: '),
    ]);
    expect(LIVE_SETTINGS.has('launchesPaused')).toBe(true);
  });

  test('a node costs something beside its instance, and may be kept from getting all pods of a plan', () => {
    const settings = settingsOf({ ...MINIMAL, 'planning.nodeCostPerHour': '0.25', 'planning.nodeShareMax': '0.5' });
    expect(settings).toMatchObject({ nodeCostNanoUsdPerHour: 250_000_000, nodeShareMax: 0.5 });
    for (const wrong of ['-1', '101', 'a cent']) {
      const path = 'planning.nodeCostPerHour';
      expect(problemsOf({ ...MINIMAL, [path]: wrong })).toEqual([expect.stringContaining(path)]);
    }
    for (const wrong of ['0', '1.5', 'half']) {
      const path = 'planning.nodeShareMax';
      expect(problemsOf({ ...MINIMAL, [path]: wrong })).toEqual([expect.stringContaining(path)]);
    }
  });

  test('the environment wins over the ConfigMap, v0.4.3 names included', () => {
    const settings = settingsOf(
      { 'aws.clusterName': 'old', batchIdleDuration: '2s' },
      { CLUSTER_NAME: 'new', CLUSTER_ENDPOINT: 'https://api.example', FEATURE_GATES: 'Spread=true,Drift=true' },
    );
    expect(settings).toMatchObject({
      clusterName: 'new',
      clusterEndpoint: 'https://api.example',
      batchIdleDurationMs: 2_000,
      driftEnabled: true,
    });
  });

  test('every problem is told at once, with its path and the value', () => {
    const data = {
      'aws.reservedENIs': '-1',
      batchMaxDuration: '100ms',
      'aws.tags': '{"karpenter.sh/managed-by":"me"}',
    };
    expect(problemsOf(data, { CLUSTER_ENDPOINT: 'example' })).toEqual([
      'batchMaxDuration: must be ≥ 1s, is "100ms"',
      'aws.clusterName: is required (or env CLUSTER_NAME)',
      'env CLUSTER_ENDPOINT: must be an absolute URL such as https://host, is "example"',
      'aws.tags: must not set the reserved tag karpenter.sh/managed-by, is "{\\"karpenter.sh/managed-by\\":\\"me\\"}"',
      'aws.reservedENIs: must be ≥ 0, is "-1"',
    ]);
  });

  test.each([
    [
      'a percentage where a fraction is meant',
      { 'aws.vmMemoryOverheadPercent': '7.5' },
      'must be < 1 (0.075 is 7.5 %)',
    ],
    ['tags that are no object', { 'aws.tags': '[1]' }, 'must be a JSON object'],
    ['tags that are no JSON', { 'aws.tags': '{a}' }, 'must be a JSON object'],
    ['a tag whose value is a number', { 'aws.tags': '{"a":1}' }, 'must map tags to strings ("a" does not)'],
    ['a boolean in words', { 'aws.isolatedVPC': 'yes' }, 'must be true or false'],
    ['an endpoint that would end a shell quote', { 'aws.clusterEndpoint': "https://a'b" }, 'must be an absolute URL'],
    ['a role for less than STS grants', { 'aws.assumeRoleDuration': '5m' }, 'must be ≥ 900s'],
    ['half an interface', { 'aws.reservedENIs': '0.5' }, 'must be an integer'],
  ])('refuses %s', (_, data, want) => {
    expect(problemsOf({ ...MINIMAL, ...data })).toEqual([expect.stringContaining(want)]);
  });

  test('an empty value counts as unset and unknown keys are named, not refused', () => {
    const parsed = parseSettings({ ...MINIMAL, 'aws.tags': '', 'aws.nodeNameConvention': 'ip-name', zzz: '' }, {});
    expect(parsed).toMatchObject({ ignoredKeys: ['aws.nodeNameConvention', 'zzz'] });
  });

  test('a change tells which fields differ and whether they need a restart', () => {
    const before = settingsOf(MINIMAL);
    const after = settingsOf({ 'aws.clusterName': 'other', batchIdleDuration: '3s' });
    const changed = changedSettings(before, after);
    expect(changed).toEqual(['batchIdleDurationMs', 'clusterName']);
    expect(changed.filter((field) => LIVE_SETTINGS.has(field))).toEqual(['batchIdleDurationMs']);
  });
});

describe('process options', () => {
  test('flags win over the environment, both over defaults', () => {
    const parsed = parseProcessOptions(['--metrics-port=9000', '--leader-elect=false', '--kube-client-qps', '50'], {
      METRICS_PORT: '9999',
      HEALTH_PROBE_PORT: '9081',
      SYSTEM_NAMESPACE: 'infra',
    });
    expect(parsed).toMatchObject({
      options: {
        metricsPort: 9000,
        healthProbePort: 9081,
        kubeClientQps: 50,
        kubeClientBurst: 300,
        leaderElect: false,
        logLevel: 'info',
        namespace: 'infra',
      },
      retiredFlags: [],
    });
  });

  test('flags of upstream that mean nothing here are accepted and named', () => {
    const parsed = parseProcessOptions(['--disable-webhook', '--memory-limit', '-1', '--webhook-port=8443'], {});
    expect(parsed).toMatchObject({ retiredFlags: ['disable-webhook', 'memory-limit', 'webhook-port'] });
  });

  test('every unknown flag, stray argument and broken value is listed', () => {
    const parsed = parseProcessOptions(['--metric-port=1', 'serve', '--metrics-port=99999', '--log-level'], {
      KUBE_CLIENT_QPS: 'many',
    });
    expect(parsed).toEqual({
      problems: [
        { path: 'flag --metric-port', message: 'is unknown' },
        { path: 'argument "serve"', message: 'is not a flag' },
        { path: 'flag --log-level', message: 'needs a value' },
        { path: 'flag --metrics-port', message: 'must be ≤ 65535, is "99999"' },
        { path: 'env KUBE_CLIENT_QPS', message: 'must be an integer, is "many"' },
      ],
    });
  });
});

describe('Go durations', () => {
  test.each([
    ['10s', 10_000],
    ['1h2m3.5s', 3_723_500],
    ['.5m', 30_000],
    ['-10ms', -10],
    ['0', 0],
    ['1500us', 2],
  ])('%s is %d ms', (text, wantMs) => {
    expect(parseGoDuration(text)).toBe(wantMs);
  });

  test.each(['', '10', 's', '1s ', '1d', '1s2', '--1s', '1.2.3s'])('%j is none', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  test('the parts of a duration add up', () => {
    const part = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        expect(parseGoDuration(`${hours}h${minutes}m${seconds}s`)).toBe(
          ((hours * 60 + minutes) * 60 + seconds) * 1_000,
        );
      }),
      { seed: 1 },
    );
  });
});
