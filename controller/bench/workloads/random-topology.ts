import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { CAPACITY_TYPE_LABEL, HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { AffinityTermManifest, LabelSelectorManifest, SpreadManifest } from '../problem/problem-file.ts';
import type { Kinds } from './random-constraints.ts';
import { RACK_LABEL } from './random-types.ts';
import { pick } from './shapes.ts';

/** Labels by which random pods are told apart, beside `app`. */
export const GROUPS = ['red', 'green'];
export const VERSIONS = ['v1', 'v2'];
export const NAMESPACES = ['default', 'other'];

const POLICIES = ['Honor', 'Ignore'] as const;

/** One or two hard spreads of the deployment of this name, most of them over its own pods. */
export function randomSpreads(random: SeededRandom, name: string, kinds: Kinds): SpreadManifest[] {
  const keys = pick(random, [
    [ZONE_LABEL],
    [HOSTNAME_LABEL],
    [CAPACITY_TYPE_LABEL],
    [ZONE_LABEL, HOSTNAME_LABEL],
    ...(kinds.has('custom-domains') ? [[RACK_LABEL], [RACK_LABEL, ZONE_LABEL]] : []),
  ]);
  return keys.map((topologyKey) => ({
    maxSkew: random.integer(1, 2),
    topologyKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: name } },
    ...(topologyKey !== HOSTNAME_LABEL && random.next() < 0.15 ? { minDomains: random.integer(2, 3) } : {}),
    ...(kinds.has('spread-policies') ? randomPolicies(random, name) : {}),
  }));
}

/** Who and which nodes count: most often as when nothing is stated. */
function randomPolicies(random: SeededRandom, name: string): Partial<SpreadManifest> {
  const isRare = () => random.next() < 0.25;
  return {
    ...(isRare() ? { labelSelector: randomSelector(random, name) } : {}),
    ...(isRare() ? { matchLabelKeys: ['version'] } : {}),
    ...(isRare() ? { nodeAffinityPolicy: pick(random, POLICIES) } : {}),
    ...(isRare() ? { nodeTaintsPolicy: pick(random, POLICIES) } : {}),
  };
}

/** Most terms mean the pod's own deployment, others a neighbour or a group across deployments, some in other namespaces. */
export function randomTerm(random: SeededRandom, name: string, kinds: Kinds): AffinityTermManifest {
  const topologyKeys = [HOSTNAME_LABEL, ZONE_LABEL, ...(kinds.has('custom-domains') ? [RACK_LABEL] : [])];
  const isAbroad = kinds.has('namespaces') && random.next() < 0.5;
  return {
    labelSelector: randomSelector(random, name),
    topologyKey: pick(random, topologyKeys),
    ...(isAbroad ? { namespaces: pick(random, [['other'], NAMESPACES]) } : {}),
  };
}

function randomSelector(random: SeededRandom, name: string): LabelSelectorManifest {
  return pick<LabelSelectorManifest>(random, [
    { matchLabels: { app: name } },
    { matchLabels: { app: name } },
    { matchLabels: { app: name } },
    { matchLabels: { app: `app-${random.integer(0, 4)}` } },
    { matchLabels: { group: pick(random, GROUPS) } },
    { matchExpressions: [{ key: 'app', operator: 'In', values: [name, `app-${random.integer(0, 4)}`] }] },
  ]);
}
