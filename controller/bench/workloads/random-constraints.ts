import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { ARCH_LABEL, CAPACITY_TYPE_LABEL, HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type {
  AffinityManifest,
  AffinityTermManifest,
  ExpressionManifest,
  PodSpecManifest,
  SpreadManifest,
} from '../problem/problem-file.ts';
import { ACCELERATOR_LABEL, CORES_LABEL, FAMILY_LABEL, TEAM_LABEL, TEAMS, ZONES } from './random-types.ts';
import { pick } from './shapes.ts';
import { required } from './topology-workloads.ts';

/**
 * What a random problem may contain. Requests are always there. `custom-absence` is NotIn on a label that only Provisioners set: Karpenter
 * takes the key as known from then on, and lets a later pod choose its value.
 */
export const CONSTRAINT_KINDS = [
  'selectors',
  'custom-absence',
  'or-terms',
  'taints',
  'weights',
  'limits',
  'daemons',
  'nodes',
  'host-ports',
  'spread',
  'affinity',
  'anti-affinity',
] as const;

export type ConstraintKind = (typeof CONSTRAINT_KINDS)[number];

type Kinds = ReadonlySet<ConstraintKind>;

/** Of the constraint kinds asked for, this part of the deployments has each. */
const PROBABILITY = 0.3;

/** Constraints of the pods of the deployment of this name, of the kinds asked for. */
export function randomPodSpec(random: SeededRandom, name: string, kinds: Kinds): Omit<PodSpecManifest, 'containers'> {
  const draw = drawOf(random, kinds);
  const affinity = randomAffinity(random, name, kinds);
  return {
    ...(draw('selectors') ? { nodeSelector: randomSelector(random) } : {}),
    ...(Object.keys(affinity).length > 0 ? { affinity } : {}),
    ...(draw('spread') ? { topologySpreadConstraints: randomSpreads(random, name) } : {}),
  };
}

function drawOf(random: SeededRandom, kinds: Kinds): (kind: ConstraintKind) => boolean {
  return (kind) => kinds.has(kind) && random.next() < PROBABILITY;
}

function randomSelector(random: SeededRandom): Record<string, string> {
  const [key, values] = pick(random, [
    [ZONE_LABEL, ZONES],
    [ARCH_LABEL, ['amd64', 'arm64']],
    [CAPACITY_TYPE_LABEL, ['spot', 'on-demand']],
    [TEAM_LABEL, TEAMS],
    ['tier', ['web', 'batch']],
    [FAMILY_LABEL, ['c', 'm', 'r']],
  ] as const);
  return { [key]: pick<string>(random, values) };
}

function randomAffinity(random: SeededRandom, name: string, kinds: Kinds): AffinityManifest {
  const draw = drawOf(random, kinds);
  const expressions = () => randomExpressions(random, kinds.has('custom-absence'));
  const terms = [
    ...(draw('selectors') ? [expressions()] : []),
    ...(draw('or-terms') ? [expressions(), expressions()] : []),
  ];
  const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
  return {
    ...(terms.length === 0
      ? {}
      : { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }),
    ...(draw('affinity') ? { podAffinity: required(randomTerm(random, name)) } : {}),
    ...(draw('anti-affinity') ? { podAntiAffinity: required(randomTerm(random, name)) } : {}),
  };
}

function randomExpressions(random: SeededRandom, hasAbsence: boolean): ExpressionManifest[] {
  const teamOperators = hasAbsence ? ['In', 'NotIn'] : ['In', 'Exists'];
  const team = pick(random, teamOperators);
  const all: readonly ExpressionManifest[] = [
    { key: ZONE_LABEL, operator: pick(random, ['In', 'NotIn']), values: [pick(random, ZONES)] },
    { key: ARCH_LABEL, operator: 'In', values: ['amd64', 'arm64'] },
    { key: CORES_LABEL, operator: pick(random, ['Gt', 'Lt']), values: [pick(random, ['1', '4', '8'])] },
    { key: FAMILY_LABEL, operator: 'NotIn', values: [pick(random, ['c', 'm', 'r'])] },
    { key: ACCELERATOR_LABEL, operator: pick(random, ['Exists', 'DoesNotExist']) },
    { key: TEAM_LABEL, operator: team, ...(team === 'Exists' ? {} : { values: [pick(random, TEAMS)] }) },
    { key: CAPACITY_TYPE_LABEL, operator: 'In', values: ['on-demand'] },
  ];
  return random.next() < 0.5 ? [pick(random, all)] : [pick(random, all), pick(random, all)];
}

function randomSpreads(random: SeededRandom, name: string): SpreadManifest[] {
  const keys = pick(random, [[ZONE_LABEL], [HOSTNAME_LABEL], [CAPACITY_TYPE_LABEL], [ZONE_LABEL, HOSTNAME_LABEL]]);
  return keys.map((topologyKey) => ({
    maxSkew: random.integer(1, 2),
    topologyKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: name } },
    ...(topologyKey === ZONE_LABEL && random.next() < 0.15 ? { minDomains: random.integer(2, 3) } : {}),
  }));
}

/** Most terms mean the pod's own deployment, others a neighbour or a group across deployments. */
function randomTerm(random: SeededRandom, name: string): AffinityTermManifest {
  const matchLabels = pick(random, [
    { app: name },
    { app: name },
    { app: `app-${random.integer(0, 4)}` },
    { group: pick(random, ['red', 'green']) },
  ]);
  return { labelSelector: { matchLabels }, topologyKey: pick(random, [HOSTNAME_LABEL, ZONE_LABEL]) };
}
