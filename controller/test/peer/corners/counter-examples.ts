import { near } from '../../../bench/workloads/pod-maker.ts';
import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { TEAM_LABEL } from '../../../bench/workloads/random-types.ts';
import { required } from '../../../bench/workloads/topology-workloads.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../../src/api/names.ts';
import { anyOf, app, type Corner, LARGE, nodeIn, running, SMALL, world } from './corner.ts';

const taint = { key: 'dedicated', effect: 'NoSchedule' };
const besideLeader = required(near(HOSTNAME_LABEL, { app: 'leader' }));
const inZone = (zone: string) => [{ key: ZONE_LABEL, operator: 'In', values: [zone] }];
const ownGroup = (topologyKey: string) => ({
  affinity: {
    podAffinity: required({
      labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['leader', 'follower'] }] },
      topologyKey,
    }),
  },
});

/**
 * Random problems of which Karpenter validly places more than we do, cut down to what matters. In all of them somebody is placed for
 * himself, although another has to go where he goes. Karpenter does not look ahead either: here its order of pods, by size alone, or its
 * order of terms happens to help. Who teaches the scheduler to look ahead finds the outcomes below too low.
 */
export const COUNTER_EXAMPLES: readonly Corner[] = [
  {
    name: 'a leader goes to a zone whose taint its follower does not tolerate',
    problem: world({
      provisioners: [
        provisionerOf('tainted', { weight: 9, taints: [taint], requirements: inZone('z1') }),
        provisionerOf('open', { requirements: inZone('z2') }),
      ],
      apps: [
        app('leader', 1, { tolerations: [{ operator: 'Exists' }] }),
        app('follower', 1, ownGroup(ZONE_LABEL), { cpuMilli: 800 }),
      ],
    }),
    ours: 'follower 1, leader 1 on 1 node',
    peer: ['follower 1, leader 1 on 1 node'],
  },
  {
    name: 'a leader goes to a host whose taint its follower does not tolerate',
    problem: world({
      provisioners: [provisionerOf('tainted', { weight: 9, taints: [taint] }), provisionerOf('open')],
      apps: [
        app('leader', 1, { tolerations: [{ operator: 'Exists' }] }),
        app('follower', 1, ownGroup(HOSTNAME_LABEL), { cpuMilli: 800 }),
      ],
    }),
    ours: 'follower 1, leader 1 on 1 node',
    peer: ['follower 1, leader 1 on 1 node'],
  },
  {
    name: 'a leader goes to a host from which another pod bars its follower',
    problem: world({
      types: [LARGE],
      nodes: [nodeIn('z1')],
      bound: [
        running('shy', 'node-z1', { affinity: { podAntiAffinity: required(near(ZONE_LABEL, { app: 'follower' })) } }),
      ],
      apps: [app('leader', 1, {}, { cpuMilli: 900 }), app('follower', 1, ownGroup(HOSTNAME_LABEL), { cpuMilli: 1000 })],
    }),
    ours: 'follower 1, leader 1 on 2 nodes',
    peer: ['follower 1, leader 1 on 2 nodes'],
  },
  {
    name: 'a leader takes the rest of a node, and its follower finds no room there',
    problem: world({
      types: [LARGE],
      provisioners: [provisionerOf('pool'), provisionerOf('red', { labels: { [TEAM_LABEL]: 'red' } })],
      nodes: [nodeIn('z1')],
      apps: [
        // Karpenter tries the terms one after another, and only a new node meets the first.
        app('leader', 1, { affinity: anyOf([[TEAM_LABEL, 'Exists']], [[ZONE_LABEL, 'Exists']]) }, { cpuMilli: 1500 }),
        app('follower', 1, { affinity: { podAffinity: besideLeader } }, { cpuMilli: 1000 }),
      ],
    }),
    ours: 'leader 1 on 1 node',
    peer: ['follower 1, leader 1 on 1 node'],
  },
  {
    name: 'followers come after all others, who take the room beside a leader that runs already',
    problem: world({
      types: [SMALL],
      nodes: [nodeIn('z1')],
      bound: [running('leader', 'node-z1')],
      apps: [
        app('leader', 1, {}, { cpuMilli: 1900 }),
        app('follower', 1, { affinity: { podAffinity: besideLeader } }, { cpuMilli: 1000 }),
        app('crowd', 1, {}, { cpuMilli: 900 }),
        app('more-crowd', 1, {}, { cpuMilli: 600 }),
      ],
    }),
    ours: 'crowd 1, follower 1, leader 1, more-crowd 1 on 3 nodes',
    peer: ['crowd 1, follower 1, leader 1, more-crowd 1 on 3 nodes'],
  },
  {
    name: 'followers come after all others, who go to the one zone that a follower must have to itself',
    problem: world({
      nodes: [nodeIn('z1')],
      bound: [running('leader', 'node-z1')],
      apps: [
        app('leader', 1, { nodeSelector: { [ZONE_LABEL]: 'z2' } }, { cpuMilli: 900 }),
        app('follower', 1, {
          nodeSelector: { [ZONE_LABEL]: 'z1' },
          affinity: { podAffinity: besideLeader, podAntiAffinity: required(near(ZONE_LABEL, { app: 'crowd' })) },
        }),
        app('crowd', 1, {}, { cpuMilli: 300 }),
      ],
    }),
    ours: 'crowd 1, follower 1, leader 1 on 2 nodes',
    peer: ['crowd 1, follower 1, leader 1 on 2 nodes'],
  },
];
