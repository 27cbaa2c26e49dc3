import { describe, expect, test } from '@jest/globals';
import {
  GI,
  instanceType,
  MEDIUM,
  OPTIONS,
  pod,
  provisioner,
  SMALL,
  snapshot,
} from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot, DaemonDemand } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { solve } from './solve.ts';

const MI = 1024 ** 2;
const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const team = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;

const missOf = (demand: PodDemand, rest: Parameters<typeof provisioner>[1], daemons: readonly DaemonDemand[] = []) => {
  const world: ClusterSnapshot = snapshot({ provisioners: [provisioner('p', rest)], daemons });
  return solve(world, [demand], OPTIONS).unplaced[0]?.misses[0];
};
const asking = (requests: PodDemand['requests']) => pod('x', { requests: { ...requests, pods: 1 } });
const stock = (isSpot: boolean) =>
  SMALL.offerings.map((each) => ({ ...each, available: isSpot === (each.capacityType === 'spot') }));

describe('a remedy is told in words and as data', () => {
  test.each<[string, PodDemand, Parameters<typeof provisioner>[1], object]>([
    [
      'for a taint',
      pod('x'),
      { taints: [team] },
      { remedy: 'tolerate team=a:NoSchedule', fix: { kind: 'tolerate', taint: team } },
    ],
    [
      'for a request that no type holds',
      asking({ cpu: 9000 }),
      {},
      { remedy: 'request at most 8 cpu', fix: { kind: 'request-at-most', amounts: { cpu: 8000 } } },
    ],
    [
      'for requests that no type holds together: the smallest cut that one of them allows',
      asking({ cpu: 3500, memory: 9 * GI }),
      {
        instanceTypes: [
          instanceType('large', 2),
          { ...instanceType('flat', 4), allocatable: { cpu: 4000, memory: 8 * GI, pods: 9 } },
          { ...instanceType('rich', 2), allocatable: { cpu: 2000, memory: 64 * GI, pods: 9 } },
        ],
      },
      { remedy: 'request at most 8Gi memory', fix: { kind: 'request-at-most', amounts: { memory: 8 * GI } } },
    ],
    [
      'for M in place of m',
      asking({ cpu: 250_000_000_000 }),
      {},
      {
        remedy: 'write thousandths of a cpu with "m"; "M" means a million',
        fix: { kind: 'write-milli-cpu', cpuMilli: 250 },
      },
    ],
    [
      'for stock that is elsewhere',
      pod('x', { nodeSelector: { [CAPACITY_TYPE]: 'on-demand' } }),
      { instanceTypes: [instanceType('t', 2, { offerings: stock(true) })] },
      {
        remedy: 'allow more zones, instance types or capacity types',
        fix: {
          kind: 'allow-more',
          places: [
            { zone: 'a', capacityType: 'spot' },
            { zone: 'b', capacityType: 'spot' },
          ],
        },
      },
    ],
    [
      'for several limits at once',
      pod('x'),
      { limits: { cpu: 1000, memory: 7 * GI }, instanceTypes: [SMALL] },
      {
        remedy: 'raise the cpu limit by 1 and the memory limit by 1Gi',
        fix: { kind: 'raise-limits', by: { cpu: 1000, memory: GI } },
      },
    ],
    [
      'for a limit, in words that are never too little',
      pod('x'),
      { limits: { memory: 8 * GI - 1.5 * MI }, instanceTypes: [SMALL] },
      { remedy: 'raise the memory limit by 2Mi', fix: { kind: 'raise-limits', by: { memory: 1.5 * MI } } },
    ],
  ])('%s', (_, demand, rest, wantMiss) => {
    expect(missOf(demand, rest)).toMatchObject(wantMiss);
  });

  test('for a port that a daemon takes on each node', () => {
    const port = { ip: '', port: 80, protocol: 'TCP' };
    expect(missOf(pod('x', { hostPorts: [port] }), {}, [pod('daemon', { hostPorts: [port] })])).toMatchObject({
      message: 'daemons take host port 80/TCP on each of its nodes',
      remedy: 'take another host port than 80/TCP',
      fix: { kind: 'change-host-port', port },
    });
  });
});

test('what a pod does not request is not what it lacks, however little there is of it', () => {
  const daemons = [pod('daemon', { requests: { cpu: 5000, pods: 1 } })];
  expect(missOf(asking({ cpu: 0, memory: 17 * GI }), { instanceTypes: [SMALL, MEDIUM] }, daemons)?.message).toBe(
    'no instance type has 17Gi memory free; the largest allows 16Gi',
  );
});
