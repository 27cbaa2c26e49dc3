import { describe, expect, test } from '@jest/globals';
import { node, OPTIONS, pod, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import { ZONE_KEY } from '../label-keys.ts';
import type { PodDemand } from '../pod-demand.ts';
import { NO_WISHES } from '../pod-topology.ts';
import type { Expression } from '../requirements.ts';
import { solve } from './solve.ts';

const EBS = 'ebs.csi.aws.com';
const inZone = (...values: string[]): Expression => ({ key: ZONE_KEY, operator: 'In', values });
const zonesOf = (plan: ReturnType<typeof solve>) =>
  plan.nodes.map(({ options }) => [...new Set(options.map(({ zone }) => zone))].sort().join());
const attaching = (...claims: string[]) => ({ attachments: claims.map((claim) => ({ driver: EBS, claim })) });

function solved(demand: readonly PodDemand[], rest = {}) {
  return solve(snapshot({ provisioners: [provisioner('default')], ...rest }), demand, OPTIONS);
}

describe('the volumes of a pod', () => {
  test('decide the zone of its new node', () => {
    const plan = solved([pod('x', { volumeTerms: [[inZone('b')]] })]);
    expect(zonesOf(plan)).toEqual(['b']);
  });

  test('keep it off nodes of other zones', () => {
    const nodes = [node('in-a'), node('in-b', { labels: { [ZONE_KEY]: 'b' } })];
    const plan = solved([pod('x', { volumeTerms: [[inZone('b')]] })], { nodes });
    expect(plan.placements).toEqual([{ podUid: 'x', nodeName: 'in-b' }]);
  });

  test('can be attached in each of several ways, with each term of its affinity', () => {
    const requiredNodeTerms = [[inZone('a')], [inZone('b')]];
    const plan = solved([pod('x', { requiredNodeTerms, volumeTerms: [[inZone('z')], [inZone('b', 'c')]] })]);
    expect(zonesOf(plan)).toEqual(['b']);
  });

  test('cannot be given up as a wish is', () => {
    const wishes = { ...NO_WISHES, nodeTerms: [{ weight: 1, value: [inZone('a')] }] };
    expect(zonesOf(solved([pod('x', { wishes, volumeTerms: [[inZone('b')]] })]))).toEqual(['b']);
  });

  test('leave its spread the zones that it counts: with one pod in each zone but its own, it may go to its own', () => {
    const spread = [
      {
        topologyKey: ZONE_KEY,
        maxSkew: 1,
        minDomains: 1,
        selector: { namespaces: ['default'], labels: [{ key: 'app', operator: 'In' as const, values: ['db'] }] },
        honorsNodeAffinity: true,
        honorsNodeTaints: false,
      },
    ];
    const db = (name: string, zone: string) =>
      pod(name, { labels: { app: 'db' }, spread, volumeTerms: [[inZone(zone)]] });
    // If only zone b were counted for the pods tied to it, all three would do.
    const plan = solved([db('b-0', 'b'), db('b-1', 'b'), db('b-2', 'b')]);
    expect(plan.unplaced.map(({ code }) => code)).toEqual([
      'topology-spread-unsatisfiable',
      'topology-spread-unsatisfiable',
    ]);
    expect(solved([db('b-0', 'b'), db('a-0', 'a'), db('b-1', 'b')]).unplaced).toEqual([]);
  });

  test('that are where its node selector is not leave it unplaced, whatever it wishes', () => {
    const wishes = { ...NO_WISHES, nodeTerms: [{ weight: 1, value: [inZone('b')] }] };
    const plan = solved([pod('x', { nodeSelector: { [ZONE_KEY]: 'a' }, wishes, volumeTerms: [[inZone('b')]] })]);
    expect(plan.unplaced).toMatchObject([{ podUid: 'x', code: 'volume-conflict' }]);
    expect(plan.nodes).toEqual([]);
  });

  test('that are not there leave it alone unplaced, with the word of what is missing', () => {
    const volumeProblem = { code: 'volume-not-found', message: 'its claim default/data does not exist' } as const;
    const plan = solved([pod('x', { volumeProblem }), pod('y')]);
    expect(plan.unplaced).toEqual([{ podUid: 'x', ...volumeProblem, misses: [] }]);
    expect(plan.nodes.flatMap(({ podUids }) => podUids)).toEqual(['y']);
  });
});

describe('a node that can attach two volumes', () => {
  const limited = (...claims: string[]) =>
    node('n', {
      attachmentLimits: { [EBS]: 2 },
      pods: claims.map((claim) => ({
        demand: { namespace: 'default', labels: {}, hostPorts: [], podAntiAffinity: [], ...attaching(claim) },
      })),
    });

  test('takes two pods with one each, and the third gets a node', () => {
    const demand = ['x', 'y', 'z'].map((name) => pod(name, attaching(name)));
    const plan = solved(demand, { nodes: [limited()] });
    expect(plan.placements.map(({ podUid }) => podUid)).toEqual(['x', 'y']);
    expect(plan.nodes.flatMap(({ podUids }) => podUids)).toEqual(['z']);
  });

  test('takes a pod whose claim is there, after it refused one of the same shape whose claim is not', () => {
    const demand = [
      pod('other', { createdAtMs: 1, ...attaching('c') }),
      pod('same', { createdAtMs: 2, ...attaching('a') }),
    ];
    const plan = solved(demand, { nodes: [limited('a', 'b')] });
    expect(plan.placements).toEqual([{ podUid: 'same', nodeName: 'n' }]);
  });

  test('does not take back a pod that was expected there, if others have filled it', () => {
    const plan = solved([pod('x', attaching('c'))], { nodes: [limited('a', 'b')], expected: new Map([['x', 'n']]) });
    expect(plan.placements).toEqual([]);
  });
});
