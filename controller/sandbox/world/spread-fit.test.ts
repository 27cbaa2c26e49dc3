import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { PodSpec } from '../kube/built-in-kinds.ts';
import { decide, requiring, type Situation, zonedNodes } from './scheduler-fixture.ts';
import { podObject } from './world-fixture.ts';

const NOWHERE = /^0\/\d nodes are available: .*didn't match pod topology spread constraints/;
const web = { app: 'web' };

/** A constraint on pods of app=web, by zone and with DoNotSchedule unless told otherwise. */
const spread = (rest: object = {}) => ({
  maxSkew: 1,
  topologyKey: ZONE_LABEL,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: web },
  ...rest,
});

/** A small pod of app=web. */
function webPod(name: string, spec: Partial<PodSpec>, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return podObject(name, { containers: [{ name: 'main', image: 'pause' }], ...spec }, { ...web, ...labels });
}

const standing = (name: string, nodeName: string, labels: Readonly<Record<string, string>> = {}) =>
  webPod(name, { nodeName }, labels);
/** Repels everybody whom a test does not send there. */
const taints = [{ key: 'dedicated', effect: 'NoSchedule' }];

describe('a pod that is to be spread', () => {
  const oneInA = [standing('s', 'a1')];
  test.each<[string, Situation, object, Partial<PodSpec>, string | RegExp]>([
    [
      'goes to the zone with fewer, though it is fuller otherwise',
      { nodes: zonedNodes('a1', 'b1'), objects: [...oneInA, podObject('load', { nodeName: 'b1' })] },
      {},
      {},
      'b1',
    ],
    [
      'may go to the fuller one within maxSkew, where it asks for it',
      { nodes: zonedNodes('a1', 'b1'), objects: oneInA },
      { maxSkew: 2, nodeAffinityPolicy: 'Ignore' },
      { nodeSelector: { [HOSTNAME_LABEL]: 'a1' } },
      'a1',
    ],
    [
      'is not counted against itself when its own constraint does not select it',
      { nodes: zonedNodes('a1', 'b1'), objects: [podObject('s', { nodeName: 'a1' }, { app: 'db' })] },
      { labelSelector: { matchLabels: { app: 'db' } }, nodeAffinityPolicy: 'Ignore' },
      { nodeSelector: { [HOSTNAME_LABEL]: 'a1' } },
      'a1',
    ],
    [
      'with minDomains waits for a second pod in the only zone',
      { nodes: zonedNodes('a1'), objects: oneInA },
      { minDomains: 2 },
      {},
      NOWHERE,
    ],
    ['without minDomains does not', { nodes: zonedNodes('a1'), objects: oneInA }, {}, {}, 'a1'],
    [
      'with minDomains that are there is as free as without',
      { nodes: zonedNodes('a1', 'b1'), objects: [...oneInA, standing('t', 'b1')] },
      { minDomains: 2, nodeAffinityPolicy: 'Ignore' },
      { nodeSelector: { [HOSTNAME_LABEL]: 'a1' } },
      'a1',
    ],
    [
      'counts by nodeAffinityPolicy Honor only zones that it may go to',
      { nodes: zonedNodes('a1', 'b1'), objects: oneInA },
      {},
      requiring(ZONE_LABEL, 'us-east-1a'),
      'a1',
    ],
    [
      'counts by nodeAffinityPolicy Ignore the empty zone that it may not go to',
      { nodes: zonedNodes('a1', 'b1'), objects: oneInA },
      { nodeAffinityPolicy: 'Ignore' },
      requiring(ZONE_LABEL, 'us-east-1a'),
      NOWHERE,
    ],
    [
      'counts by nodeTaintsPolicy Ignore the empty zone behind a taint',
      { nodes: { a1: { zone: 'us-east-1a' }, b1: { zone: 'us-east-1b', taints } }, objects: oneInA },
      {},
      {},
      NOWHERE,
    ],
    [
      'counts by nodeTaintsPolicy Honor only zones whose taints it tolerates',
      { nodes: { a1: { zone: 'us-east-1a' }, b1: { zone: 'us-east-1b', taints } }, objects: oneInA },
      { nodeTaintsPolicy: 'Honor' },
      {},
      'a1',
    ],
    [
      'counts with matchLabelKeys only pods of its own revision',
      { nodes: zonedNodes('a1', 'b1'), objects: [standing('s', 'a1', { rev: '1' })] },
      { matchLabelKeys: ['rev'], nodeAffinityPolicy: 'Ignore' },
      { nodeSelector: { [ZONE_LABEL]: 'us-east-1a' } },
      'a1',
    ],
    [
      'goes to no node without the label',
      { nodes: zonedNodes('a1') },
      { topologyKey: 'rack' },
      {},
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label)",
    ],
    [
      'counts nobody by a selector that takes everybody, as kube-scheduler does',
      { nodes: zonedNodes('a1', 'b1'), objects: oneInA },
      { labelSelector: {}, nodeAffinityPolicy: 'Ignore' },
      { nodeSelector: { [ZONE_LABEL]: 'us-east-1a' } },
      'a1',
    ],
  ])('%s', async (_, situation, constraint, spec, want) => {
    const pod = webPod('p', { topologySpreadConstraints: [spread(constraint)], ...spec }, { rev: '2' });
    const [fate] = await decide(situation, pod);
    if (typeof want === 'string') expect(fate).toBe(want);
    else expect(fate).toMatch(want);
  });

  test('counts by two constraints only nodes with the labels of both', async () => {
    const nodes = { ...zonedNodes('a1', 'b1'), c1: { zone: 'us-east-1c', labels: { rack: 'r1' } } };
    const rules = [spread(), spread({ topologyKey: 'rack' })];
    const pods = ['p', 'q'].map((name) => webPod(name, { topologySpreadConstraints: rules }));
    // Zones a and b are empty, yet no zone is emptier than c: only there a node is in a zone and a rack.
    expect(await decide({ nodes }, ...pods)).toEqual(['c1', 'c1']);
  });

  test('does not count pods on their way out, nor those of other namespaces', async () => {
    const leaving = standing('leaving', 'a1');
    const objects = [
      { ...leaving, metadata: { ...leaving.metadata, finalizers: ['example.com/hold'] } },
      { ...standing('foreign', 'a1'), metadata: { name: 'foreign', namespace: 'kube-public', labels: web } },
    ];
    const rule = spread({ nodeAffinityPolicy: 'Ignore' });
    const intoA = { nodeSelector: { [ZONE_LABEL]: 'us-east-1a' }, topologySpreadConstraints: [rule] };
    const situation = { nodes: zonedNodes('a1', 'b1'), objects, deleted: ['leaving'] };
    expect(await decide(situation, webPod('p', intoA))).toEqual(['a1']);
    expect((await decide({ ...situation, deleted: [] }, webPod('p', intoA)))[0]).toMatch(NOWHERE);
  });
});
