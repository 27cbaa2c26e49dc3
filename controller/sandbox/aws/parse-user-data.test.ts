import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ImageFamily } from './cloud-state.ts';
import { parseUserData } from './parse-user-data.ts';
import { shellWords } from './shell-words.ts';

const SEED = 20261101;

const parse = (family: ImageFamily, text: string) => parseUserData(family, Buffer.from(text).toString('base64'));

/** What the controller really sends, byte for byte. */
const sent = (file: string): string =>
  readFileSync(new URL(`../../src/aws/user-data-fixtures/${file}`, import.meta.url), 'utf8');

describe("the controller's own user data is understood", () => {
  const join = {
    clusterName: 'demo',
    labels: { team: 'a', 'karpenter.sh/provisioner-name': 'default', 'karpenter.sh/capacity-type': 'spot' },
    taints: [
      { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' },
      { key: 'starting', value: '', effect: 'NoExecute' },
    ],
  };
  test.each([
    ['AL2', 'al2.txt'],
    ['AL2023', 'al2023.txt'],
    ['Bottlerocket', 'bottlerocket.toml'],
  ] as const)('%s', (family, file) => {
    const boot = parse(family, sent(file));
    expect(boot?.join).toEqual({ ...join, taints: expect.arrayContaining(join.taints) });
    expect(boot?.kubelet).toEqual({ maxPods: 29 });
  });

  test.each([
    ['AL2', 'al2-all-settings.txt'],
    ['AL2023', 'al2023-all-settings.txt'],
    ['Bottlerocket', 'bottlerocket-all-settings.toml'],
  ] as const)('%s with every kubelet setting, behind custom user data', (family, file) => {
    expect(parse(family, sent(file))?.kubelet).toEqual({
      maxPods: 29,
      ...(family === 'Bottlerocket' ? {} : { podsPerCore: 8 }),
      kubeReserved: { cpu: '200m', 'ephemeral-storage': '3Gi' },
      systemReserved: { cpu: '100m', memory: '100Mi' },
      evictionHard: { 'memory.available': '5%', 'nodefs.available': '10%' },
    });
  });
});

describe('a machine that cannot join', () => {
  const nodeConfig = (cluster: string): string =>
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/node.eks.aws\n\n` +
    `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster: ${cluster}\n--b--\n`;
  const complete = '{name: demo, apiServerEndpoint: x, certificateAuthority: y, cidr: 10.0.0.0/16}';

  test('AL2023 needs name, endpoint, authority and service range', () => {
    expect(parse('AL2023', nodeConfig(complete))?.join.clusterName).toBe('demo');
    for (const missing of ['name', 'apiServerEndpoint', 'certificateAuthority', 'cidr']) {
      expect(
        parse('AL2023', nodeConfig(complete.replace(new RegExp(`${missing}: [^,}]+`), `${missing}: ""`))),
      ).toBeUndefined();
    }
  });

  test('a family does not read the dialect of another', () => {
    expect(parse('AL2023', sent('al2.txt'))).toBeUndefined();
    expect(parse('AL2', sent('al2023.txt'))).toBeUndefined();
    expect(parse('Bottlerocket', sent('al2.txt'))).toBeUndefined();
  });

  test.each(['', '#!/bin/bash\necho hello\n', '/etc/eks/bootstrap.sh', 'x'.repeat(17 * 1024)])(
    'AL2 with %.30j',
    (text) => {
      expect(parse('AL2', text)).toBeUndefined();
    },
  );

  test('a malformed taint stops the kubelet', () => {
    const script = (taint: string): string =>
      `/etc/eks/bootstrap.sh demo --kubelet-extra-args '--register-with-taints=${taint}'`;
    expect(parse('AL2', script('a=b:NoSchedule'))?.join.taints).toEqual([
      { key: 'a', value: 'b', effect: 'NoSchedule' },
    ]);
    expect(parse('AL2', script('a=b:Never'))).toBeUndefined();
  });

  test('whatever bytes it is given, it reads or refuses them, and never throws', () => {
    const families = fc.constantFrom<ImageFamily>('AL2', 'AL2023', 'Bottlerocket');
    const property = fc.property(families, fc.string({ unit: 'binary' }), (family, text) => void parse(family, text));
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

test('what a shell would quote, shellWords unquotes', () => {
  const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const words = fc.array(fc.string({ minLength: 1 }).filter((word) => !word.includes('\\\n')));
  fc.assert(
    fc.property(words, (list) => expect(shellWords(list.map(quote).join(' '))).toEqual(list)),
    { seed: SEED },
  );
});
