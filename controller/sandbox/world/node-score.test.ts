import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { ZONE_LABEL } from '../../src/api/names.ts';
import type { PodSpec } from '../kube/built-in-kinds.ts';
import { decide, type Situation, zonedNodes } from './scheduler-fixture.ts';
import { podObject, workloadObject } from './world-fixture.ts';

const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const web = { app: 'web' };
const nodes = zonedNodes('a1', 'b1');

function requesting(cpu: string, memory = '0'): Partial<PodSpec> {
  return { containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu, memory } } }] };
}

/** A pod of app=web that asks for a hundredth of a node. */
function webPod(name: string, spec: Partial<PodSpec> = {}): KubeObject {
  return podObject(name, { ...requesting('20m', '80Mi'), ...spec }, web);
}

const wish = (kind: 'podAffinity' | 'podAntiAffinity', weight: number) =>
  ({
    affinity: {
      [kind]: {
        [PREFERRED]: [{ weight, podAffinityTerm: { topologyKey: ZONE_LABEL, labelSelector: { matchLabels: web } } }],
      },
    },
  }) as Partial<PodSpec>;
const wishFor = (...zones: readonly (readonly [string, number])[]) =>
  ({
    affinity: {
      nodeAffinity: {
        [PREFERRED]: zones.map(([zone, weight]) => ({
          weight,
          preference: { matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: [zone] }] },
        })),
      },
    },
  }) as Partial<PodSpec>;
const softSpread = (rest: object = {}) => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: ZONE_LABEL,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: web },
      ...rest,
    },
  ],
});
/** Makes a node full enough that only a wish sends a pod there. */
const load = (where: string) => podObject(`load-${where}`, { ...requesting('800m', '3Gi'), nodeName: where });
const softTaint = [{ key: 'spare', effect: 'PreferNoSchedule' }];

describe('of the nodes that fit, the scheduler takes', () => {
  test.each<[string, Situation, KubeObject, string]>([
    ['the emptier one', { nodes, objects: [load('a1')] }, podObject('p', requesting('100m', '100Mi')), 'b1'],
    [
      'the one with fewer pods that say nothing of what they use',
      { nodes, objects: [podObject('x', { containers: [{ name: 'm', image: 'p' }], nodeName: 'a1' })] },
      podObject('p', { containers: [{ name: 'm', image: 'p' }] }),
      'b1',
    ],
    ['the first of equals', { nodes }, podObject('p'), 'a1'],
    [
      'one without a taint that asks to stay away, though it is fuller',
      { nodes: { ...nodes, a1: { zone: 'us-east-1a', taints: softTaint } }, objects: [load('b1')] },
      podObject('p', requesting('100m')),
      'b1',
    ],
    [
      'the emptier one where that taint is tolerated',
      { nodes: { ...nodes, a1: { zone: 'us-east-1a', taints: softTaint } }, objects: [load('b1')] },
      podObject('p', { ...requesting('100m'), tolerations: [{ key: 'spare', operator: 'Exists' }] }),
      'a1',
    ],
    [
      'the preferred zone, though it is fuller',
      { nodes, objects: [load('b1')] },
      webPod('p', wishFor(['us-east-1b', 1])),
      'b1',
    ],
    [
      'the zone that is preferred more',
      { nodes, objects: [load('b1')] },
      webPod('p', wishFor(['us-east-1a', 10], ['us-east-1b', 90])),
      'b1',
    ],
    ['another, when the preferred zone is not there', { nodes }, webPod('p', wishFor(['us-east-1z', 100])), 'a1'],
    [
      'a zone with a pod that it likes',
      { nodes, objects: [load('b1'), webPod('x', { nodeName: 'b1' })] },
      podObject('p', { ...requesting('20m'), ...wish('podAffinity', 1) }),
      'b1',
    ],
    [
      'a zone without a pod that it dislikes',
      { nodes, objects: [load('b1'), webPod('x', { nodeName: 'a1' })] },
      podObject('p', { ...requesting('20m'), ...wish('podAntiAffinity', 1) }),
      'b1',
    ],
    [
      'a zone with a pod that likes it',
      {
        nodes,
        objects: [load('b1'), podObject('x', { ...requesting('20m'), ...wish('podAffinity', 1), nodeName: 'b1' })],
      },
      webPod('p', { topologySpreadConstraints: [] }),
      'b1',
    ],
    [
      'a zone without a pod that dislikes it',
      {
        nodes,
        objects: [load('b1'), podObject('x', { ...requesting('20m'), ...wish('podAntiAffinity', 1), nodeName: 'a1' })],
      },
      webPod('p'),
      'b1',
    ],
    [
      'the emptiest zone of a spread that is wished for, though it is fuller otherwise',
      { nodes, objects: [load('b1'), webPod('x', { nodeName: 'a1' })] },
      webPod('p', softSpread()),
      'b1',
    ],
    [
      'by such a spread never a node outside its zones while there is another',
      { nodes: { a1: {}, b1: { labels: { rack: 'r1' } } }, objects: [load('b1')] },
      webPod('p', softSpread({ topologyKey: 'rack' })),
      'b1',
    ],
  ])('%s', async (_, situation, pod, want) => {
    expect(await decide(situation, pod)).toEqual([want]);
  });

  test('other nodes for the replicas of one Deployment, without being asked', async () => {
    const objects = [
      load('b1'),
      workloadObject('apps/v1', 'Deployment', 'web', { replicas: 2, template: requesting('20m', '80Mi') }),
    ];
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: web, ports: [{ port: 80 }] },
    };
    // The Deployment's two went to a node each; a third, of the Service alone, sees them there.
    expect(await decide({ nodes: zonedNodes('a1', 'b1', 'c1'), objects: [...objects, service] }, webPod('p'))).toEqual([
      'b1',
    ]);
  });

  test('the node on which cpu and memory are taken most alike', async () => {
    const lopsided = (name: string, where: string, cpu: string, memory: string) =>
      podObject(name, { ...requesting(cpu, memory), nodeName: where });
    // Each has half its room left, one by cpu and one by memory.
    const objects = [lopsided('x', 'a1', '1500m', '2Gi'), lopsided('y', 'b1', '500m', '6Gi')];
    expect(await decide({ nodes, objects }, podObject('p', requesting('400m', '0')))).toEqual(['b1']);
    expect(await decide({ nodes, objects }, podObject('p', requesting('0', '1600Mi')))).toEqual(['a1']);
  });
});
