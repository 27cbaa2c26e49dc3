import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { LaunchOrder } from '../ports/cloud.ts';
import { type FamilyName, IMAGE_FAMILIES } from './image-families.ts';
import { type ClusterFacts, kubeletMaySet, nodeBootOf } from './node-boot.ts';
import { userDataBase64 } from './user-data.ts';

const CLUSTER: ClusterFacts = {
  clusterName: 'demo',
  clusterEndpoint: 'https://demo.example',
  caBundleBase64: 'Q0E=',
  clusterUid: 'uid-of-kube-system',
  kubernetesVersion: '1.31',
  dnsIp: '10.100.0.10',
  serviceCidr: '10.100.0.0/16',
};

const ORDER: LaunchOrder = {
  machineName: 'default-abcde',
  machineUid: 'machine-uid',
  provisionerName: 'default',
  template: { source: 'template/default', spec: { subnetSelector: {}, securityGroupSelector: {} } },
  kubelet: {},
  labels: {
    'karpenter.sh/provisioner-name': 'default',
    team: 'a',
    'node-restriction.kubernetes.io/zone': 'x',
    'kops.k8s.io/role': 'y',
  },
  taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }],
  startupTaints: [
    { key: 'starting', value: '', effect: 'NoExecute' },
    { key: 'harmless', value: 'x', effect: '' },
  ],
  capacityType: 'spot',
  offerings: [],
};

const FULL_KUBELET: LaunchOrder['kubelet'] = {
  clusterDNS: ['10.0.0.10', '10.0.0.11'],
  containerRuntime: 'dockerd',
  podsPerCore: 8,
  systemReserved: { memory: '100Mi', cpu: '100m' },
  kubeReserved: { cpu: '200m', 'ephemeral-storage': '3Gi' },
  evictionHard: { 'nodefs.available': '10%', 'memory.available': '5%' },
  evictionSoft: { 'memory.available': '8%' },
  evictionSoftGracePeriod: { 'memory.available': '1m30s' },
  evictionMaxPodGracePeriod: 60,
  imageGCHighThresholdPercent: 80,
  imageGCLowThresholdPercent: 60,
  cpuCFSQuota: false,
};

function userData(family: FamilyName, order: Partial<LaunchOrder> = {}, cluster: Partial<ClusterFacts> = {}): string {
  const boot = nodeBootOf({ ...ORDER, ...order }, 29, { ...CLUSTER, ...cluster });
  return Buffer.from(userDataBase64(IMAGE_FAMILIES[family], boot), 'base64').toString();
}

function withCustom(userData: string): Partial<LaunchOrder> {
  return { template: { source: 'template/default', spec: { ...ORDER.template.spec, userData } } };
}

/** Compares with a file a person has read; `UPDATE_FIXTURES=1` writes it. */
function expectFixture(name: string, text: string): void {
  const path = join(import.meta.dirname, 'user-data-fixtures', name);
  if (process.env.UPDATE_FIXTURES === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const BOTTLEROCKET_SETTINGS = `
[settings.kubernetes]
max-pods = 5
cluster-domain = "my.local"
[settings.kubernetes.node-labels]
team = "b"
site = "north"
[settings.kubernetes.node-taints]
dedicated = ["cpu:PreferNoSchedule"]
[settings.host-containers.admin]
enabled = true
`;

describe('user data, byte for byte', () => {
  test.each([
    ['al2.txt', () => userData('AL2')],
    [
      'al2-all-settings.txt',
      () => userData('AL2', { kubelet: FULL_KUBELET, ...withCustom('#!/bin/bash\necho mine\n') }),
    ],
    ['al2-ipv6.txt', () => userData('AL2', {}, { dnsIp: 'fd00::a' })],
    ['ubuntu.txt', () => userData('Ubuntu', { kubelet: FULL_KUBELET })],
    ['al2023.txt', () => userData('AL2023')],
    [
      'al2023-all-settings.txt',
      () => userData('AL2023', { kubelet: FULL_KUBELET, ...withCustom('#!/bin/bash\necho mine\n') }),
    ],
    ['bottlerocket.toml', () => userData('Bottlerocket')],
    [
      'bottlerocket-all-settings.toml',
      () => userData('Bottlerocket', { kubelet: FULL_KUBELET, ...withCustom(BOTTLEROCKET_SETTINGS) }),
    ],
  ])('%s', (name, make) => {
    expectFixture(name, make());
  });

  test("a custom image gets the template's user data and nothing else", () => {
    expect(userData('Custom', withCustom('anything\r\n'))).toBe('anything\r\n');
    expect(userData('Custom')).toBe('');
  });

  test('the order of keys in labels and reserves changes no byte', () => {
    const reversed = { team: 'a', 'karpenter.sh/provisioner-name': 'default' };
    const straight = { 'karpenter.sh/provisioner-name': 'default', team: 'a' };
    for (const family of ['AL2', 'AL2023', 'Bottlerocket'] as const) {
      const first = userData(family, { labels: reversed, kubelet: { kubeReserved: { cpu: '1', memory: '1Gi' } } });
      expect(userData(family, { labels: straight, kubelet: { kubeReserved: { memory: '1Gi', cpu: '1' } } })).toBe(
        first,
      );
    }
  });
});

describe('custom user data', () => {
  const MIME = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="BOUNDARY"',
    '',
    '--BOUNDARY',
    'Content-Type: text/cloud-config',
    '',
    '#cloud-config',
    '--BOUNDARY--',
  ];

  test.each(['AL2', 'AL2023'] as const)('%s keeps the parts of a MIME document before its own', (family) => {
    for (const lineEnd of ['\n', '\r\n']) {
      const text = userData(family, withCustom(MIME.join(lineEnd)));
      expect(text).toContain('Content-Type: text/cloud-config\n\n#cloud-config\n');
      expect(text).not.toContain('\r');
      expect(text.match(/^--\/\/$/gm)).toHaveLength(2);
    }
  });

  test('AL2023 takes a NodeConfig of the template as one, before its own', () => {
    const text = userData('AL2023', withCustom('apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n'));
    expect(text.match(/Content-Type: application\/node.eks.aws/g)).toHaveLength(2);
  });

  test.each([
    ['AL2', 'MIME-Version: 1.0\n\nno parts', 'userData is a MIME document without readable parts'],
    [
      'AL2023',
      'Content-Type: multipart/mixed; boundary="a"\n\n--a\nnever ended',
      'userData is a MIME document without readable parts',
    ],
    ['Bottlerocket', 'not = = toml', 'userData is no TOML: see its line 1, column 7'],
    ['Bottlerocket', 'settings = 3', 'settings must be a table'],
    ['AL2', 'x'.repeat(17_000), 'EC2 takes 16384'],
  ] as const)('%s refuses what it cannot pass on: %.20s', (family, custom, want) => {
    expect(() => userData(family, withCustom(custom))).toThrow(
      expect.objectContaining({ code: 'template-unresolved', message: expect.stringContaining(want) }),
    );
  });

  test('a refusal quotes nothing of it, for it may hold secrets', async () => {
    const refuse = async () => userData('Bottlerocket', withCustom('[settings]\npassword = hunter2 {'));
    const refusal = inspect(await refuse().catch((error: unknown) => error));
    expect(refusal).toContain('userData is no TOML');
    expect(refusal).not.toContain('hunter2');
  });

  test('a setting cannot break out of the boot script', () => {
    const kubelet = { systemReserved: { cpu: "1'; reboot; '" } };
    expect(() => userData('AL2', { kubelet })).toThrow(expect.objectContaining({ code: 'template-unresolved' }));
  });
});

describe('what a node is told', () => {
  test.each([
    ['team', true],
    ['example.com/team', true],
    ['karpenter.sh/provisioner-name', true],
    ['node.kubernetes.io/instance-type', true],
    ['topology.kubernetes.io/zone', true],
    ['kubelet.kubernetes.io/x', true],
    ['node-restriction.kubernetes.io/x', false],
    ['kops.k8s.io/x', false],
    ['mykubernetes.io/x', true],
  ])('a kubelet may set %s: %s', (key, want) => {
    expect(kubeletMaySet(key)).toBe(want);
  });

  test.each([
    [{ serviceCidr: '172.20.0.0/16' }, 'cidr: "172.20.0.0/16"'],
    [{ serviceCidr: undefined, dnsIp: '172.20.0.10' }, 'cidr: "172.20.0.0/16"'],
    [{ serviceCidr: undefined, dnsIp: 'fd12:3456::a' }, 'cidr: "fd12:3456::/108"'],
  ])('AL2023 learns the range of Services from %j', (facts, want) => {
    const { serviceCidr: _, dnsIp: __, ...cluster } = CLUSTER;
    const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    const boot = nodeBootOf(ORDER, 29, { ...cluster, ...known });
    expect(Buffer.from(userDataBase64(IMAGE_FAMILIES.AL2023, boot), 'base64').toString()).toContain(want);
  });

  test('AL2023 without any sign of that range is refused with what is missing', () => {
    const { serviceCidr: _, dnsIp: __, ...cluster } = CLUSTER;
    expect(() => userDataBase64(IMAGE_FAMILIES.AL2023, nodeBootOf(ORDER, 29, cluster))).toThrow(
      expect.objectContaining({ code: 'template-unresolved' }),
    );
  });
});
