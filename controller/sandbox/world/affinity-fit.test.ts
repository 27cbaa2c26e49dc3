import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { PodSpec } from '../kube/built-in-kinds.ts';
import { decide, requiring, type Situation, zonedNodes } from './scheduler-fixture.ts';
import { createWorldFixture, podObject, staticNode } from './world-fixture.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const NO_AFFINITY = "0/2 nodes are available: 2 node(s) didn't match pod affinity rules";
const NO_ANTI_AFFINITY = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules";
const NOT_WELCOME = "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules";

type Labels = Readonly<Record<string, string>>;

/** A term on pods with these labels, by zone unless told otherwise. */
const term = (labels: Labels, rest: object = {}) => ({
  topologyKey: ZONE_LABEL,
  labelSelector: { matchLabels: labels },
  ...rest,
});
const near = (...terms: readonly object[]) =>
  ({ affinity: { podAffinity: { [REQUIRED]: terms } } }) as Partial<PodSpec>;
const apart = (...terms: readonly object[]) =>
  ({ affinity: { podAntiAffinity: { [REQUIRED]: terms } } }) as Partial<PodSpec>;

/** A small pod; one with a node name stands there. */
function small(name: string, labels: Labels, spec: Partial<PodSpec> = {}, namespace = 'default'): KubeObject {
  const pod = podObject(name, { containers: [{ name: 'main', image: 'pause' }], ...spec }, labels);
  return { ...pod, metadata: { ...pod.metadata, namespace } };
}

const namespace = (name: string, labels: Labels): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const nodes = zonedNodes('a1', 'b1');
/** So that a pod goes to zone b for a reason only. */
const loadOnB = podObject('load', { nodeName: 'b1' });
const db = { app: 'db' };
const fast = { tier: 'fast' };

describe('a pod that must be near others', () => {
  const dbInB = small('db', db, { nodeName: 'b1' });
  const dbElsewhere = small('db', db, { nodeName: 'b1' }, 'shop');
  test.each<[string, Situation, Labels, Partial<PodSpec>, string]>([
    ['goes to their zone', { nodes, objects: [dbInB] }, {}, near(term(db)), 'b1'],
    ['goes nowhere while there are none', { nodes }, {}, near(term(db)), NO_AFFINITY],
    ['goes anywhere while there are none and it is of them', { nodes }, db, near(term(db)), 'a1'],
    [
      'goes nowhere where they are in no zone, though it is of them',
      { nodes: { a1: {}, b1: {} }, objects: [dbInB] },
      db,
      near(term(db, { topologyKey: 'rack' })),
      NO_AFFINITY,
    ],
    [
      'goes to the one pod that all its terms mean, not to two that share them',
      {
        nodes,
        objects: [
          small('x', db, { nodeName: 'a1' }),
          small('y', { ...db, ...fast }, { nodeName: 'b1' }),
          small('z', fast, { nodeName: 'a1' }),
        ],
      },
      {},
      near(term(db), term(fast)),
      'b1',
    ],
    [
      'goes nowhere while its terms are only met by several pods together',
      { nodes, objects: [small('x', db, { nodeName: 'a1' }), small('z', fast, { nodeName: 'a1' })] },
      {},
      near(term(db), term(fast)),
      NO_AFFINITY,
    ],
    [
      'starts where no pod is of all its terms, if it is itself',
      { nodes, objects: [small('x', db, { nodeName: 'b1' })] },
      { ...db, ...fast },
      near(term(db), term(fast)),
      'a1',
    ],
    [
      'does not mean those of other namespaces',
      { nodes, objects: [namespace('shop', {}), dbElsewhere] },
      {},
      near(term(db)),
      NO_AFFINITY,
    ],
    [
      'means those of a namespace that it names',
      { nodes, objects: [namespace('shop', {}), dbElsewhere] },
      {},
      near(term(db, { namespaces: ['shop'] })),
      'b1',
    ],
    [
      'means those of a namespace whose labels it selects',
      { nodes, objects: [namespace('shop', { team: 'red' }), dbElsewhere] },
      {},
      near(term(db, { namespaceSelector: { matchLabels: { team: 'red' } } })),
      'b1',
    ],
    [
      'means by a selector of namespaces not its own, unless that is selected too',
      { nodes, objects: [dbInB] },
      {},
      near(term(db, { namespaceSelector: { matchLabels: { team: 'red' } } })),
      NO_AFFINITY,
    ],
    [
      'means those of all namespaces by an empty selector',
      { nodes, objects: [namespace('shop', {}), dbElsewhere] },
      {},
      near(term(db, { namespaceSelector: {} })),
      'b1',
    ],
    [
      'with matchLabelKeys means only those of its own revision',
      {
        nodes,
        objects: [
          small('x', { ...db, rev: '1' }, { nodeName: 'a1' }),
          small('y', { ...db, rev: '2' }, { nodeName: 'b1' }),
        ],
      },
      { rev: '2' },
      near(term(db, { matchLabelKeys: ['rev'] })),
      'b1',
    ],
    [
      'with mismatchLabelKeys means only those of other revisions',
      {
        nodes,
        objects: [
          small('x', { ...db, rev: '2' }, { nodeName: 'a1' }),
          small('y', { ...db, rev: '1' }, { nodeName: 'b1' }),
        ],
      },
      { rev: '2' },
      near(term(db, { mismatchLabelKeys: ['rev'] })),
      'b1',
    ],
  ])('%s', async (_, situation, labels, spec, want) => {
    expect(await decide(situation, small('p', labels, spec))).toEqual([want]);
  });

  test('follows one that is bound after it was refused', async () => {
    const { store, world, pod, pass, until } = createWorldFixture();
    world.addStaticNode(staticNode('n'));
    await pass(3000);
    store.create('Pod', small('follower', {}, near(term(db))));
    await pass(1000);
    expect(pod('follower')?.spec.nodeName ?? '').toBe('');
    store.create('Pod', small('leader', db));
    await until(() => pod('follower')?.spec.nodeName === 'n');
  });

  test('follows one whose labels come to be those that it means', async () => {
    const { store, world, pod, pass, until } = createWorldFixture();
    world.addStaticNode(staticNode('n'));
    await pass(3000);
    store.create('Pod', small('leader', {}));
    store.create('Pod', small('follower', {}, near(term(db))));
    await pass(1000);
    expect(pod('follower')?.spec.nodeName ?? '').toBe('');
    store.mergePatch('Pod', 'leader', 'default', { metadata: { labels: db } });
    await until(() => pod('follower')?.spec.nodeName === 'n');
  });
});

describe('a pod that must be apart from others', () => {
  const everywhere = [small('x', db, { nodeName: 'a1' }), small('y', fast, { nodeName: 'b1' })];
  test.each<[string, Situation, Labels, Partial<PodSpec>, string]>([
    ['avoids their zone', { nodes, objects: [loadOnB, small('x', db, { nodeName: 'a1' })] }, {}, apart(term(db)), 'b1'],
    [
      'avoids those of each of its terms alone',
      { nodes, objects: everywhere },
      {},
      apart(term(db), term(fast)),
      NO_ANTI_AFFINITY,
    ],
    [
      'may go where the label is not there',
      { nodes, objects: everywhere },
      {},
      apart(term(db, { topologyKey: 'rack' }), term(fast, { topologyKey: 'rack' })),
      'a1',
    ],
    [
      'avoids those of namespaces whose labels it selects',
      { nodes, objects: [loadOnB, namespace('shop', { team: 'red' }), small('x', db, { nodeName: 'a1' }, 'shop')] },
      {},
      apart(term(db, { namespaceSelector: { matchLabels: { team: 'red' } } })),
      'b1',
    ],
  ])('%s', async (_, situation, labels, spec, want) => {
    expect(await decide(situation, small('p', labels, spec))).toEqual([want]);
  });
});

describe('a pod that others must be apart from', () => {
  const guard = (rest: object, where = 'a1', labels: Labels = {}) =>
    small(`guard-${where}`, labels, { nodeName: where, ...apart(term(db, rest)) }, 'shop');
  const inShop = [namespace('shop', {}), loadOnB];
  test.each<[string, Situation, string]>([
    ['is kept away though it says nothing', { nodes, objects: [...inShop, guard({ namespaces: ['default'] })] }, 'b1'],
    ['is not meant from another namespace', { nodes: zonedNodes('a1'), objects: [...inShop, guard({})] }, 'a1'],
    [
      'is meant by the labels of its namespace',
      {
        nodes,
        objects: [
          ...inShop,
          guard({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }),
        ],
      },
      'b1',
    ],
    [
      'goes nowhere when they are everywhere',
      { nodes, objects: [...inShop, ...['a1', 'b1'].map((where) => guard({ namespaceSelector: {} }, where))] },
      NOT_WELCOME,
    ],
    [
      'is meant only in the domain that they name',
      {
        nodes: zonedNodes('a1', 'a2'),
        objects: [...inShop, guard({ topologyKey: HOSTNAME_LABEL, namespaceSelector: {} })],
      },
      'a2',
    ],
  ])('%s', async (_, situation, want) => {
    expect(await decide(situation, small('p', db))).toEqual([want]);
  });

  test('is refused for want of its affinity before anything that others say', async () => {
    const objects = [...inShop, guard({ namespaceSelector: {} })];
    const pod = small('p', db, {
      affinity: { ...requiring(ZONE_LABEL, 'us-east-1a').affinity, ...near(term(fast)).affinity },
    });
    const [fate] = await decide({ nodes, objects }, pod);
    expect(fate).toBe(
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't match pod affinity rules",
    );
  });
});
