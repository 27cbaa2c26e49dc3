import type { AffinityTermManifest } from '../../../bench/problem/problem-file.ts';
import { near, spread } from '../../../bench/workloads/pod-maker.ts';
import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { RACK_LABEL } from '../../../bench/workloads/random-types.ts';
import { required } from '../../../bench/workloads/topology-workloads.ts';
import { CAPACITY_TYPE_LABEL, HOSTNAME_LABEL, ZONE_LABEL } from '../../../src/api/names.ts';
import { anyOf, app, type Corner, nodeIn, running, SMALL, typeOf, world } from './corner.ts';

const apart = (...terms: AffinityTermManifest[]) => ({ affinity: { podAntiAffinity: required(...terms) } });
const together = (...terms: AffinityTermManifest[]) => ({ affinity: { podAffinity: required(...terms) } });
const byZone = (name: string, rest = {}) => ({ topologySpreadConstraints: [spread(ZONE_LABEL, { app: name }, rest)] });
const zone = (value: string) => ({ nodeSelector: { [ZONE_LABEL]: value } });
const onSpotToo = typeOf(4, {
  offerings: ['on-demand', 'spot'].map((capacityType) => ({ zone: 'z1', capacityType, price: 0.2 })),
});
const threeZones = [nodeIn('z1'), nodeIn('z2'), nodeIn('z3')];

/** Spread, affinity and anti-affinity. */
export const BETWEEN_PODS_CORNERS: readonly Corner[] = [
  {
    name: 'a pod that may be anywhere goes to one of the emptiest zones',
    problem: world({
      nodes: threeZones,
      bound: [running('web', 'node-z1'), running('web', 'node-z1')],
      apps: [app('web', 2, byZone('web'))],
    }),
    ours: 'web 2 on 2 nodes',
  },
  {
    name: 'a pod that may be in one zone only measures the skew there',
    problem: world({
      nodes: threeZones,
      bound: [running('web', 'node-z1'), running('web', 'node-z1')],
      apps: [app('web', 1, { ...byZone('web'), ...zone('z1') })],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'with fewer zones than minDomains each gets maxSkew pods',
    problem: world({ apps: [app('web', 5, byZone('web', { minDomains: 4 }))] }),
    ours: 'web 3 on 3 nodes',
  },
  {
    name: 'spreads that differ in minDomains only are not the same',
    problem: world({
      apps: [
        app('strict', 3, byZone('both', { minDomains: 4 }), { labels: { app: 'both' } }),
        app('plain', 6, byZone('both'), { labels: { app: 'both' }, cpuMilli: 600 }),
      ],
    }),
    ours: 'plain 6, strict 3 on 3 nodes',
    peer: ['plain 3 on 3 nodes'],
  },
  {
    name: 'matchLabelKeys spreads each version by itself',
    problem: world({
      nodes: threeZones,
      bound: [running('web', 'node-z1', {}, { labels: { app: 'web', version: 'old' } })],
      apps: [app('web', 3, byZone('web', { matchLabelKeys: ['version'] }), { labels: { app: 'web', version: 'new' } })],
    }),
    ours: 'web 3 on 3 nodes',
  },
  {
    name: 'nodeTaintsPolicy Honor leaves out zones that only tainted nodes have',
    problem: world({
      provisioners: [
        provisionerOf('pool', { requirements: [{ key: ZONE_LABEL, operator: 'In', values: ['z1', 'z2'] }] }),
        provisionerOf('tainted', {
          requirements: [{ key: ZONE_LABEL, operator: 'In', values: ['z3'] }],
          taints: [{ key: 'dedicated', effect: 'NoSchedule' }],
        }),
      ],
      apps: [app('web', 4, byZone('web', { nodeTaintsPolicy: 'Honor' }))],
    }),
    ours: 'web 4 on 2 nodes',
  },
  {
    name: 'zones that only another’s Provisioner could open hold nobody up',
    problem: world({
      provisioners: [
        provisionerOf('pool', { requirements: [{ key: ZONE_LABEL, operator: 'In', values: ['z1', 'z2'] }] }),
        provisionerOf('tainted', {
          requirements: [{ key: ZONE_LABEL, operator: 'In', values: ['z3'] }],
          taints: [{ key: 'dedicated', effect: 'NoSchedule' }],
        }),
      ],
      apps: [app('web', 4, byZone('web'))],
    }),
    ours: 'web 4 on 2 nodes',
    peer: ['web 2 on 2 nodes'],
  },
  {
    name: 'nodeAffinityPolicy Ignore takes the minimum over all zones',
    problem: world({
      nodes: threeZones,
      bound: [running('web', 'node-z1')],
      apps: [app('web', 1, { ...byZone('web', { nodeAffinityPolicy: 'Ignore' }), ...zone('z1') })],
    }),
    ours: 'nobody',
    peer: ['web 1 on 1 node, breaks spread'],
  },
  {
    name: 'the minimum is of the zones that any term allows, not of the first term’s',
    problem: world({
      nodes: threeZones,
      bound: [running('web', 'node-z1')],
      apps: [
        app('web', 1, {
          ...byZone('web'),
          affinity: anyOf([[ZONE_LABEL, 'In', 'z1']], [[ZONE_LABEL, 'In', 'z2']]),
        }),
      ],
    }),
    ours: 'web 1 on 1 node',
    peer: ['web 1 on 1 node, breaks spread'],
  },
  {
    name: 'values that a Provisioner excludes are no domains',
    problem: world({
      provisioners: [
        provisionerOf('pool', { labels: { [RACK_LABEL]: 'r1' } }),
        provisionerOf('other', { requirements: [{ key: RACK_LABEL, operator: 'NotIn', values: ['r9'] }] }),
      ],
      apps: [app('web', 3, { topologySpreadConstraints: [spread(RACK_LABEL, { app: 'web' })] })],
    }),
    ours: 'web 3 on 1 node',
    peer: ['web 1 on 1 node'],
  },
  {
    name: 'capacity types are domains',
    problem: world({
      types: [onSpotToo],
      apps: [app('web', 3, { topologySpreadConstraints: [spread(CAPACITY_TYPE_LABEL, { app: 'web' })] })],
    }),
    ours: 'web 3 on 2 nodes',
  },
  {
    name: 'replicas apart by host get a node each',
    problem: world({ apps: [app('web', 4, apart(near(HOSTNAME_LABEL, { app: 'web' })))] }),
    ours: 'web 4 on 4 nodes',
  },
  {
    name: 'replicas apart by zone get a zone each, all in one plan',
    problem: world({ apps: [app('web', 4, apart(near(ZONE_LABEL, { app: 'web' })))] }),
    ours: 'web 3 on 3 nodes',
    peer: ['web 1 on 1 node'],
  },
  {
    name: 'a pod stays away from those who avoid it, though it asks for nothing',
    problem: world({
      nodes: [nodeIn('z1')],
      bound: [running('shy', 'node-z1', apart(near(HOSTNAME_LABEL, { app: 'web' })))],
      apps: [app('web', 1)],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'a group that must be together starts in one zone',
    problem: world({
      types: [SMALL],
      apps: [app('web', 2, together(near(ZONE_LABEL, { app: 'web' })), { cpuMilli: 1900 })],
    }),
    ours: 'web 2 on 2 nodes',
    peer: ['web 2 on 2 nodes', 'web 2 on 2 nodes, breaks affinity'],
  },
  {
    name: 'a group that must be together does not start anew where it is not',
    problem: world({
      nodes: [nodeIn('z1')],
      bound: [running('web', 'node-z1')],
      apps: [app('web', 1, { ...together(near(ZONE_LABEL, { app: 'web' })), ...zone('z2') })],
    }),
    ours: 'nobody',
    peer: ['web 1 on 1 node, breaks affinity'],
  },
  {
    name: 'one and the same pod is of all the terms of an affinity',
    problem: world({
      nodes: [nodeIn('z1')],
      bound: [
        running('cache', 'node-z1', {}, { labels: { cache: 'yes' } }),
        running('queue', 'node-z1', {}, { labels: { queue: 'yes' } }),
      ],
      apps: [app('web', 1, together(near(ZONE_LABEL, { cache: 'yes' }), near(ZONE_LABEL, { queue: 'yes' })))],
    }),
    ours: 'nobody',
    peer: ['web 1 on 1 node, breaks affinity'],
  },
  {
    name: 'a follower goes to the zone of its leader, on a new node when that one is full',
    problem: world({
      nodes: [nodeIn('z2')],
      bound: [running('db', 'node-z2', {}, { cpuMilli: 1800 })],
      apps: [app('web', 2, together(near(ZONE_LABEL, { app: 'db' })))],
    }),
    ours: 'web 2 on 1 node',
  },
  {
    name: 'a follower without a leader waits',
    problem: world({ apps: [app('web', 1, together(near(ZONE_LABEL, { app: 'db' })))] }),
    ours: 'nobody',
  },
  {
    name: 'a term of another namespace means nobody at home',
    problem: world({
      nodes: [nodeIn('z1')],
      bound: [running('db', 'node-z1')],
      apps: [app('web', 1, together({ ...near(ZONE_LABEL, { app: 'db' }), namespaces: ['other'] }))],
    }),
    ours: 'nobody',
  },
  {
    name: 'three leaders apart by zone, and three who follow them',
    problem: world({
      apps: [
        app('quorum', 3, apart(near(ZONE_LABEL, { app: 'quorum' })), { cpuMilli: 800 }),
        app('near', 3, together(near(ZONE_LABEL, { app: 'quorum' }))),
      ],
    }),
    ours: 'near 3, quorum 3 on 3 nodes',
    peer: ['quorum 1 on 1 node'],
  },
];
