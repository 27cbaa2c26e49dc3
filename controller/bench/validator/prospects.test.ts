import { describe, expect, test } from '@jest/globals';
import { createSeededRandom, type SeededRandom } from '../../sandbox/seeded-random.ts';
import type { PodManifest, PodSpecManifest } from '../problem/problem-file.ts';
import { LineUp } from './line-up.ts';
import { type Assembly, assemble, harmOf, mayBind } from './parties.ts';
import { Prospects } from './prospects.ts';
import type { StandingNode } from './standing.ts';

const PLANS = 60;
const NOTHING_ELSE = { openDomains: () => [], namespaces: new Map() };

/** Asks every party before each pod: what `Prospects` has to say as well, without asking. */
function asked({ parties, tallies }: Assembly, weightOf: (position: number) => number, random: SeededRandom) {
  for (const tally of tallies) tally.reset();
  const left = parties.map(({ members }) => members.length);
  const prospects = new Prospects(parties, { weightOf: (party) => weightOf(parties.indexOf(party)) });
  let turns = 0;
  for (;;) {
    const open = parties.flatMap((party, position) =>
      (left[position] ?? 0) > 0 && mayBind(party) ? [{ position, harm: harmOf(party) }] : [],
    );
    const least = Math.min(...open.map(({ harm }) => harm));
    const want = {
      leastHarmful: open.find(({ harm }) => harm === least)?.position,
      harmless: open.filter(({ harm }) => harm === 0).map(({ position }) => position),
    };
    const harmless: number[] = [];
    for (let next = prospects.firstHarmless(0); next !== undefined; next = prospects.firstHarmless(next + 1)) {
      harmless.push(next);
    }
    expect({ leastHarmful: prospects.leastHarmful(), harmless }).toEqual(want);
    const [chosen] = open.slice(random.integer(0, Math.max(0, open.length - 1)));
    if (chosen === undefined) return turns;
    prospects.bind(chosen.position);
    left[chosen.position] = (left[chosen.position] ?? 0) - 1;
    expect(prospects.leftOf(chosen.position)).toBe(left[chosen.position]);
    turns += 1;
  }
}

describe('prospects', () => {
  test('know after each pod what asking every party would tell', () => {
    let turns = 0;
    for (let seed = 1; seed <= PLANS; seed++) {
      const random = createSeededRandom(seed);
      const weights = Array.from({ length: 40 }, () => random.integer(1, 3));
      turns += asked(assemble(randomPlan(random), NOTHING_ELSE), (position) => weights[position] ?? 1, random);
    }
    // Nobody can be bound in a plan that is all wrong: few are.
    expect(turns).toBeGreaterThan(10 * PLANS);
  });

  test('in a line-up let only those be bound whose turn it is on their node, the largest first', () => {
    const nodes = [node(0, [sized('a', '1'), sized('b', '3')]), node(1, [sized('c', '2'), sized('d', '1')])];
    const { parties } = assemble(nodes, NOTHING_ELSE);
    const prospects = new Prospects(parties, { weightOf: () => 1, lineUp: new LineUp(parties, new Map()) });
    const order: (string | undefined)[] = [];
    for (let next = prospects.leastHarmful(); next !== undefined; next = prospects.leastHarmful()) {
      order.push(parties[next]?.members[0]?.pod.metadata.name);
      prospects.bind(next);
    }
    // b is the largest, but the plan has a before it on its node.
    expect(order).toEqual(['c', 'a', 'b', 'd']);
  });

  test('in a line-up let a node in a hurry come first', () => {
    const nodes = [node(0, [sized('a', '2')]), node(1, [sized('b', '1')])];
    const { parties } = assemble(nodes, NOTHING_ELSE);
    const hurry = new Map([[nodes[1] as StandingNode, 2]]);
    const lineUp = new LineUp(parties, hurry);
    expect([lineUp.rankOf(0), lineUp.rankOf(1)]).toEqual([0, 0]);
    expect(new LineUp(parties, new Map()).rankOf(1)).toBe(1);
  });
});

function node(index: number, pods: readonly PodManifest[]): StandingNode {
  const labels = { zone: ['a', 'b', 'c'][index % 3] as string, host: `${index}` };
  return {
    path: `node-${index}`,
    labels,
    taints: [],
    bound: [],
    placed: pods.map((each) => ({ path: each.metadata.name, pod: each })),
  };
}

function pod(name: string, app: string, spec: Partial<PodSpecManifest>): PodManifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app } }, spec: { containers: [], ...spec } };
}

function sized(name: string, cpu: string): PodManifest {
  return pod(name, name, {
    containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }],
  });
}

/** Pods that watch each other at random, in crowds of up to three, put anywhere; some nodes have no host label. */
function randomPlan(random: SeededRandom): StandingNode[] {
  const app = () => `app-${random.integer(0, 2)}`;
  const selector = () => ({ matchLabels: { app: app() } });
  const key = () => (random.next() < 0.3 ? 'host' : 'zone');
  const nodes = Array.from({ length: random.integer(2, 6) }, (): PodManifest[] => []);
  for (let index = 0; index < 16; index++) {
    const kind = random.next();
    const spread = { maxSkew: random.integer(1, 2), whenUnsatisfiable: 'DoNotSchedule' as const };
    const spec: Partial<PodSpecManifest> =
      kind < 0.5
        ? {
            topologySpreadConstraints: Array.from({ length: random.integer(1, 2) }, () => ({
              ...spread,
              topologyKey: key(),
              labelSelector: selector(),
              ...(random.next() < 0.2 ? { minDomains: 3 } : {}),
            })),
          }
        : kind < 0.75
          ? {
              affinity: {
                podAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: key(), labelSelector: selector() }],
                },
              },
            }
          : {};
    const place = nodes[random.integer(0, nodes.length - 1)];
    const name = app();
    for (let copies = random.integer(1, 3); copies > 0; copies--) place?.push(pod(`${index}-${copies}`, name, spec));
  }
  return nodes.map((pods, index) => node(index, pods));
}
