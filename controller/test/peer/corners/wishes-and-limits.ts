import type { ProvisionerManifest } from '../../../bench/problem/problem-file.ts';
import { near, spread } from '../../../bench/workloads/pod-maker.ts';
import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { TEAM_LABEL } from '../../../bench/workloads/random-types.ts';
import { ARCH_LABEL, HOSTNAME_LABEL, INITIALIZED_LABEL, ZONE_LABEL } from '../../../src/api/names.ts';
import { anyOf, app, type Corner, LARGE, nodeIn, running, SMALL, world } from './corner.ts';

const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const startup = { key: 'example.com/agent-missing', effect: 'NoSchedule' };
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const costly = { key: 'costly', effect: 'PreferNoSchedule' };

const wish = (weight: number, key: string, ...values: string[]) => ({
  weight,
  preference: { matchExpressions: [{ key, operator: 'In', values }] },
});
const limited = (cpu: string, rest: ProvisionerManifest['spec'] = {}) =>
  provisionerOf('pool', { limits: { resources: { cpu } }, ...rest });

function inStart(node: ReturnType<typeof nodeIn>): ReturnType<typeof nodeIn> {
  const { [INITIALIZED_LABEL]: _done, ...labels } = node.metadata.labels ?? {};
  return { ...node, metadata: { ...node.metadata, labels }, spec: { ...node.spec, taints: [startup, notReady] } };
}

/** What pods can do without, what Provisioners may not exceed, and nodes that are not done with their start. */
export const WISH_AND_LIMIT_CORNERS: readonly Corner[] = [
  {
    name: 'a wish that cannot be met is given up',
    problem: world({
      apps: [
        app('node', 1, { affinity: { nodeAffinity: { [PREFERRED]: [wish(1, ARCH_LABEL, 'arm64')] } } }),
        app('near', 1, {
          affinity: {
            podAffinity: { [PREFERRED]: [{ weight: 1, podAffinityTerm: near(ZONE_LABEL, { app: 'nobody' }) }] },
          },
        }),
        app('spread', 2, {
          topologySpreadConstraints: [spread(ZONE_LABEL, { app: 'spread' }, { whenUnsatisfiable: 'ScheduleAnyway' })],
          nodeSelector: { [ZONE_LABEL]: 'z1' },
        }),
      ],
    }),
    ours: 'near 1, node 1, spread 2 on 1 node',
  },
  {
    name: 'of two wishes the heavier one is given up first',
    problem: world({
      nodes: [nodeIn('z1'), nodeIn('z2')],
      apps: [
        app(
          'web',
          1,
          { affinity: { nodeAffinity: { [PREFERRED]: [wish(1, ZONE_LABEL, 'z2'), wish(9, ZONE_LABEL, 'z9')] } } },
          { cpuMilli: 1500 },
        ),
        // Finds its place only if the other one took the node in z1.
        app('late', 1, { nodeSelector: { [HOSTNAME_LABEL]: 'node-z2' } }),
      ],
    }),
    ours: 'late 1, web 1 on 2 nodes',
    peer: ['web 1 on 1 node'],
  },
  {
    name: 'wishing to be apart costs a node each, as if it were required',
    problem: world({
      apps: [
        app('web', 3, {
          affinity: {
            podAntiAffinity: { [PREFERRED]: [{ weight: 1, podAffinityTerm: near(HOSTNAME_LABEL, { app: 'web' }) }] },
          },
        }),
      ],
    }),
    ours: 'web 3 on 3 nodes',
  },
  {
    name: 'a taint that asks to be avoided is, as long as there is another way',
    problem: world({
      // The avoided one alone could put both on one node of four cores.
      provisioners: [provisionerOf('avoided', { weight: 9, taints: [costly] }), limited('2')],
      apps: [app('web', 2, {}, { cpuMilli: 1500 })],
    }),
    ours: 'web 2 on 2 nodes',
  },
  {
    name: 'pods that have to take the second of two terms are counted with those that took the first',
    problem: world({
      types: [SMALL],
      provisioners: [
        provisionerOf('first', { labels: { [TEAM_LABEL]: 'red' }, limits: { resources: { cpu: '2' } } }),
        provisionerOf('second', { labels: { [TEAM_LABEL]: 'blue' } }),
      ],
      apps: [
        app(
          'web',
          3,
          {
            topologySpreadConstraints: [spread(ZONE_LABEL, { app: 'web' })],
            affinity: anyOf([[TEAM_LABEL, 'In', 'red']], [[TEAM_LABEL, 'In', 'blue']]),
          },
          { cpuMilli: 1900 },
        ),
      ],
    }),
    ours: 'web 3 on 3 nodes',
    peer: ['web 3 on 3 nodes', 'web 3 on 3 nodes, breaks spread'],
  },
  {
    name: 'a limit holds for the largest type that a planned node may become',
    problem: world({
      provisioners: [limited('6')],
      apps: [app('web', 2, { topologySpreadConstraints: [spread(HOSTNAME_LABEL, { app: 'web' })] })],
    }),
    ours: 'web 2 on 2 nodes',
  },
  {
    name: 'a limit counts the nodes there are',
    problem: world({
      provisioners: [limited('4')],
      types: [LARGE],
      nodes: [nodeIn('z1')],
      bound: [running('full', 'node-z1', {}, { cpuMilli: 1900 })],
      apps: [app('web', 1)],
    }),
    ours: 'nobody',
  },
  {
    name: 'a limit that one type would break leaves the others',
    problem: world({ provisioners: [limited('3')], apps: [app('web', 1)] }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'taints of the start keep nobody from a node that is not done with it',
    problem: world({
      provisioners: [provisionerOf('pool', { startupTaints: [startup] })],
      nodes: [inStart(nodeIn('z1'))],
      apps: [app('web', 1)],
    }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'the same taint on a node that was done with its start counts',
    problem: world({
      provisioners: [
        provisionerOf('pool', {
          startupTaints: [startup],
          requirements: [{ key: ARCH_LABEL, operator: 'In', values: ['arm64'] }],
        }),
      ],
      nodes: [nodeIn('z1', 'node-z1', { taints: [startup] })],
      apps: [app('web', 1)],
    }),
    ours: 'nobody',
  },
  {
    name: 'startup taints of a Provisioner ask for no toleration',
    problem: world({ provisioners: [provisionerOf('pool', { startupTaints: [startup] })], apps: [app('web', 1)] }),
    ours: 'web 1 on 1 node',
  },
  {
    name: 'nodes that are done with their start are filled first',
    problem: world({
      provisioners: [provisionerOf('pool', { startupTaints: [startup] })],
      nodes: [inStart(nodeIn('z1', 'a-young')), nodeIn('z2', 'b-old')],
      apps: [
        app('web', 1, {}, { cpuMilli: 1500 }),
        // Finds its place only if the other one took the young node.
        app('late', 1, { nodeSelector: { [HOSTNAME_LABEL]: 'b-old' } }),
      ],
    }),
    ours: 'late 1, web 1 on 2 nodes',
    peer: ['web 1 on 1 node'],
  },
];
