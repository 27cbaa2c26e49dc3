import { describe, expect, test } from '@jest/globals';
import { createSeededRandom, type SeededRandom } from '../../sandbox/seeded-random.ts';
import type { PodManifest, PodSpecManifest } from '../problem/problem-file.ts';
import { findBindingOrder } from './binding.ts';
import { exhaustiveOrder } from './exhaustive-order.ts';
import { assemble, bindOne, mayBind, type Party } from './parties.ts';
import type { StandingNode } from './standing.ts';

const ZONES = ['a', 'b', 'c'];
const PLANS = 100;
const PODS = 8;

function pod(name: string, app: string, spec: Partial<PodSpecManifest> = {}): PodManifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app } }, spec: { containers: [], ...spec } };
}

function spread(app: string, topologyKey = 'zone', maxSkew = 1): Partial<PodSpecManifest> {
  const labelSelector = { matchLabels: { app } };
  return {
    topologySpreadConstraints: [{ maxSkew, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector }],
  };
}

function near(app: string): Partial<PodSpecManifest> {
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app } } };
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}

/** A node in each zone, with these pods planned for it. */
function planned(...pods: readonly (readonly PodManifest[])[]): StandingNode[] {
  return pods.map((here, index) => ({
    path: `node-${index}`,
    labels: { zone: ZONES[index % ZONES.length] as string, host: `${index}` },
    taints: [],
    bound: [],
    placed: here.map((each) => ({ path: each.metadata.name, pod: each })),
  }));
}

const NOTHING_ELSE = { openDomains: () => [], namespaces: new Map() };

const orderOf = (nodes: readonly StandingNode[]) => {
  const { bindings, violations } = findBindingOrder(nodes, NOTHING_ELSE);
  return { order: bindings.map(({ path }) => path), leftOver: violations.map(({ path }) => path) };
};

describe('findBindingOrder', () => {
  test('lets those go first who count others that count nobody', () => {
    // Three nodes of zone a; zone b keeps one of others, zone c nobody.
    const nodes = planned(
      [pod('1', 'web')],
      [pod('far', 'db')],
      [],
      [pod('2', 'web')],
      [],
      [],
      [pod('watcher', 'db', spread('web'))],
    );
    const { order, leftOver } = orderOf(nodes);
    expect(leftOver).toEqual([]);
    expect(order.indexOf('watcher')).toBeLessThan(order.indexOf('2'));
  });

  test('lets those go first whom others have to be near to', () => {
    const nodes = planned([pod('follower', 'db', near('web')), pod('leader', 'web')]);
    expect(orderOf(nodes)).toEqual({ order: ['leader', 'follower'], leftOver: [] });
  });

  test('names those for whom no order is right', () => {
    const three = ['1', '2', '3'].map((name) => pod(name, 'web', spread('web')));
    expect(orderOf(planned(three, []))).toEqual({ order: ['1'], leftOver: ['2', '3'] });
  });

  test('finds an order for every small plan that has one, and each turn in it is allowed', () => {
    let right = 0;
    for (let seed = 1; seed <= PLANS; seed++) {
      const nodes = randomPlan(createSeededRandom(seed));
      const assembly = assemble(nodes, NOTHING_ELSE);
      const isRight = exhaustiveOrder(assembly) !== undefined;
      const { bindings, violations } = findBindingOrder(nodes, NOTHING_ELSE);
      expect([seed, violations.length === 0]).toEqual([seed, isRight]);
      if (!isRight) continue;
      right += 1;
      expect(bindings).toHaveLength(PODS);
      for (const tally of assembly.tallies) tally.reset();
      const partyOf = ({ path }: { readonly path: string }) =>
        assembly.parties.find(({ members }) => members.some((each) => each.path === path)) as Party;
      for (const binding of bindings) {
        expect([seed, binding.path, mayBind(partyOf(binding))]).toEqual([seed, binding.path, true]);
        bindOne(partyOf(binding));
      }
    }
    // Both kinds were among them.
    expect(right).toBeGreaterThan(PLANS / 4);
    expect(right).toBeLessThan(PLANS);
  });
});

/** Pods that watch each other at random, put anywhere. */
function randomPlan(random: SeededRandom): StandingNode[] {
  const app = () => `app-${random.integer(0, 2)}`;
  const places: PodManifest[][] = Array.from({ length: random.integer(3, 5) }, () => []);
  for (let index = 0; index < PODS; index++) {
    const kind = random.next();
    const rule =
      kind < 0.6
        ? spread(app(), random.next() < 0.2 ? 'host' : 'zone', random.integer(1, 2))
        : kind < 0.7
          ? near(app())
          : {};
    places[random.integer(0, places.length - 1)]?.push(pod(`${index}`, app(), rule));
  }
  return planned(...places);
}
