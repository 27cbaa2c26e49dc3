import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { parseFieldSelector } from './field-selector.ts';
import { humanAge } from './human-age.ts';
import { compileJsonPath } from './json-path.ts';
import { parseLabelSelector, selectorMatches } from './label-selector.ts';
import { builtInKinds } from './served-kinds.ts';

describe('a label selector', () => {
  const labels = { app: 'inflate', tier: 'back', 'karpenter.sh/provisioner-name': 'default' };
  test.each([
    ['', true],
    ['app=inflate', true],
    ['app==inflate,tier!=front', true],
    ['app in (a, inflate),tier notin (front)', true],
    ['karpenter.sh/provisioner-name', true],
    ['!karpenter.sh/provisioner-name', false],
    ['missing!=x', true],
    ['missing notin (x)', true],
    ['missing in (x)', false],
    ['app=other', false],
  ])('%j matches: %p', (text, want) => {
    expect(selectorMatches(parseLabelSelector(text), labels)).toBe(want);
  });

  test.each(['a in b', 'a=b=c', 'a in (b'])('%j cannot be read', (text) => {
    expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement');
  });
});

describe('a field selector', () => {
  const pods = builtInKinds().find(({ kind }) => kind === 'Pod');
  if (pods === undefined) throw new Error('no pods');
  const pod: KubeObject = {
    metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'n1' },
    status: { phase: 'Running' },
  };

  test('selects by name, node and phase', () => {
    const matches = (text: string) => parseFieldSelector(pods, text)(pod);
    expect(matches('spec.nodeName=n1,status.phase!=Succeeded,status.phase!=Failed')).toBe(true);
    expect(matches('metadata.name=q')).toBe(false);
    expect(matches('status.nominatedNodeName=')).toBe(true);
  });

  test('of an unknown field is refused', () => {
    expect(() => parseFieldSelector(pods, 'spec.hostNetwork=true')).toThrow(
      'field label not supported: spec.hostNetwork',
    );
  });
});

describe('a JSONPath of a column', () => {
  const object = {
    metadata: { labels: { 'a.b/c': 'x' } },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'False' },
      ],
    },
  };
  test.each([
    ['.metadata.labels.a\\.b/c', ['x']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ['.status.conditions[*].type', ['Ready', 'Other']],
    ['.status.conditions[1].type', ['Other']],
    ['.status.missing.deeper', []],
    ['.constructor', []],
  ])('%s', (path, want) => {
    expect(compileJsonPath(path)(object)).toEqual(want);
  });

  test('that is something else is our mistake', () => {
    expect(() => compileJsonPath('.a[?(@.n > 1)]')).toThrow('cannot read the JSONPath');
  });
});

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [200, '3m20s'],
  [3600, '60m'],
  [4 * 3600 + 60, '4h1m'],
  [30 * 3600, '30h'],
  [3 * 86400, '3d'],
  [3 * 86400 + 3600, '3d1h'],
  [100 * 86400, '100d'],
])('an age of %p seconds is shown as %s', (seconds, want) => {
  expect(humanAge(seconds * 1000)).toBe(want);
});
