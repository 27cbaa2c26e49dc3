import { near } from '../../../bench/workloads/pod-maker.ts';
import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { TEAM_LABEL } from '../../../bench/workloads/random-types.ts';
import { required } from '../../../bench/workloads/topology-workloads.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../../src/api/names.ts';
import { anyOf, app, type Corner, LARGE, nodeIn, running, SMALL, world } from './corner.ts';

const taint = { key: 'dedicated', effect: 'NoSchedule' };
const besideLeader = (topologyKey: string) => ({
  affinity: { podAffinity: required(near(topologyKey, { app: 'leader' })) },
});
const inZone = (zone: string) => [{ key: ZONE_LABEL, operator: 'In', values: [zone] }];
const ownGroup = (topologyKey: string) => ({
  affinity: {
    podAffinity: required({
      labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['leader', 'follower'] }] },
      topologyKey,
    }),
  },
});

/** Keeps a pod from all of ours. */
const apartFromAll = (topologyKey: string) => ({
  labelSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
  topologyKey,
});

/** A spread with a skew of 1; with fewer than `minDomains` the minimum is none. */
const apartBy = (topologyKey: string, minDomains?: number) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'DoNotSchedule' as const,
  labelSelector: { matchLabels: { app: 'web' } },
  ...(minDomains === undefined ? {} : { minDomains }),
});

/**
 * Random problems of which Karpenter validly placed more than we did, cut down to what matters. In most somebody is placed for himself,
 * although another has to go where he goes; second chances mend that.
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
        app('follower', 1, besideLeader(HOSTNAME_LABEL), { cpuMilli: 1000 }),
      ],
    }),
    ours: 'follower 1, leader 1 on 1 node',
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
        app('follower', 1, besideLeader(HOSTNAME_LABEL), { cpuMilli: 1000 }),
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
          affinity: {
            ...besideLeader(HOSTNAME_LABEL).affinity,
            podAntiAffinity: required(near(ZONE_LABEL, { app: 'crowd' })),
          },
        }),
        app('crowd', 1, {}, { cpuMilli: 300 }),
      ],
    }),
    ours: 'crowd 1, follower 1, leader 1 on 2 nodes',
    peer: ['crowd 1, follower 1, leader 1 on 2 nodes'],
  },
  {
    name: 'the first of a group takes a node that has no room for all who have to be on it',
    problem: world({
      types: [LARGE],
      nodes: [nodeIn('z1')],
      apps: [app('follower', 4, ownGroup(HOSTNAME_LABEL), { cpuMilli: 900 })],
    }),
    ours: 'follower 4 on 1 node',
    peer: ['follower 2 on 1 node'],
  },
  {
    name: 'the first leader goes to a Provisioner whose nodes lack the label by which its follower goes',
    problem: world({
      provisioners: [provisionerOf('plain', { weight: 9 }), provisionerOf('red', { labels: { [TEAM_LABEL]: 'red' } })],
      apps: [app('leader', 1, {}, { cpuMilli: 900 }), app('follower', 1, besideLeader(TEAM_LABEL))],
    }),
    ours: 'follower 1, leader 1 on 1 node',
    peer: ['leader 1 on 1 node'],
  },
  {
    name: 'the first of two goes to the one zone that the other, which needs the other team, has to have to itself',
    problem: world({
      provisioners: [
        provisionerOf('blue', { weight: 9, labels: { [TEAM_LABEL]: 'blue' } }),
        provisionerOf('red', { labels: { [TEAM_LABEL]: 'red' }, requirements: inZone('z1') }),
      ],
      apps: [app('web', 2, { topologySpreadConstraints: [apartBy(ZONE_LABEL, 2), apartBy(TEAM_LABEL)] })],
    }),
    ours: 'web 2 on 2 nodes',
    peer: ['web 1 on 1 node', 'web 2 on 2 nodes'],
  },
  {
    name: 'a large pod that wants nobody beside it keeps two smaller ones out of the only domain, and its own like as well',
    problem: world({
      provisioners: [provisionerOf('red', { labels: { [TEAM_LABEL]: 'red' } })],
      apps: [
        app('shy', 2, { affinity: { podAntiAffinity: required(apartFromAll(TEAM_LABEL)) } }, { cpuMilli: 900 }),
        app('crowd', 2),
      ],
    }),
    ours: 'crowd 2 on 1 node',
    peer: ['shy 1 on 1 node'],
  },
];
