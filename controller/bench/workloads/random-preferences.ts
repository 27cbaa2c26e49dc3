import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import type { AffinityManifest, PodSpecManifest, SpreadManifest } from '../problem/problem-file.ts';
import { drawOf, type Kinds, randomExpressions } from './random-constraints.ts';
import { randomSpreads, randomTerm } from './random-topology.ts';

type Constraints = Omit<PodSpecManifest, 'containers'>;

/** The same constraints and some wishes of the deployment of this name: each of the four kinds in a share of the deployments. */
export function withPreferences(random: SeededRandom, name: string, kinds: Kinds, spec: Constraints): Constraints {
  const draw = drawOf(random, kinds);
  const { affinity = {}, topologySpreadConstraints = [] } = spec;
  const weight = () => random.integer(1, 100);
  const wish = () => ({ weight: weight(), podAffinityTerm: randomTerm(random, name, kinds) });
  const several = <T>(make: () => T): T[] => Array.from({ length: random.integer(1, 2) }, make);
  const wishes: AffinityManifest = {
    ...(draw('preferences')
      ? {
          nodeAffinity: {
            ...affinity.nodeAffinity,
            preferredDuringSchedulingIgnoredDuringExecution: several(() => ({
              weight: weight(),
              preference: { matchExpressions: randomExpressions(random, kinds.has('custom-absence')) },
            })),
          },
        }
      : {}),
    ...(draw('preferences')
      ? { podAffinity: { ...affinity.podAffinity, preferredDuringSchedulingIgnoredDuringExecution: several(wish) } }
      : {}),
    ...(draw('preferences')
      ? {
          podAntiAffinity: {
            ...affinity.podAntiAffinity,
            preferredDuringSchedulingIgnoredDuringExecution: several(wish),
          },
        }
      : {}),
  };
  const soft = draw('preferences') ? softened(randomSpreads(random, name, kinds), topologySpreadConstraints) : [];
  const joined = { ...affinity, ...wishes };
  return {
    ...spec,
    ...(Object.keys(joined).length > 0 ? { affinity: joined } : {}),
    ...(soft.length > 0 ? { topologySpreadConstraints: [...topologySpreadConstraints, ...soft] } : {}),
  };
}

/** As wishes. Only hard spreads may state `minDomains`, and the API takes one spread a key and strictness. */
function softened(spreads: readonly SpreadManifest[], hard: readonly SpreadManifest[]): SpreadManifest[] {
  const taken = new Set(hard.map(({ topologyKey }) => topologyKey));
  return spreads
    .filter(({ topologyKey }) => !taken.has(topologyKey))
    .map(({ minDomains: _hardOnly, ...spread }) => ({ ...spread, whenUnsatisfiable: 'ScheduleAnyway' }));
}
