import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { ARCH_LABEL, CAPACITY_TYPE_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { AffinityManifest, ExpressionManifest, PodSpecManifest } from '../problem/problem-file.ts';
import { randomSpreads, randomTerm } from './random-topology.ts';
import { ACCELERATOR_LABEL, CORES_LABEL, FAMILY_LABEL, TEAM_LABEL, TEAMS, ZONES } from './random-types.ts';
import { pick } from './shapes.ts';
import { required } from './topology-workloads.ts';

/**
 * What a random problem may contain. Plain requests are always there. `custom-absence` is NotIn on a label that only Provisioners set:
 * Karpenter takes the key as known from then on, and lets a later pod choose its value. `custom-domains` are topologies by a label that
 * only Provisioners set.
 */
export const CONSTRAINT_KINDS = [
  'requests',
  'selectors',
  'custom-absence',
  'or-terms',
  'taints',
  'weights',
  'limits',
  'daemons',
  'nodes',
  'young-nodes',
  'host-ports',
  'spread',
  'spread-policies',
  'affinity',
  'anti-affinity',
  'namespaces',
  'custom-domains',
  'preferences',
] as const;

export type ConstraintKind = (typeof CONSTRAINT_KINDS)[number];

export type Kinds = ReadonlySet<ConstraintKind>;

/** Of the constraint kinds asked for, this part of the deployments has each. */
const PROBABILITY = 0.3;

/** Constraints of the pods of the deployment of this name, of the kinds asked for. */
export function randomPodSpec(random: SeededRandom, name: string, kinds: Kinds): Omit<PodSpecManifest, 'containers'> {
  const draw = drawOf(random, kinds);
  const affinity = randomAffinity(random, name, kinds);
  return {
    ...(draw('selectors') ? { nodeSelector: randomSelector(random) } : {}),
    ...(Object.keys(affinity).length > 0 ? { affinity } : {}),
    ...(draw('spread') ? { topologySpreadConstraints: randomSpreads(random, name, kinds) } : {}),
  };
}

/** A function that says of a kind that was asked for, now and then, that it is this deployment's turn. */
export function drawOf(random: SeededRandom, kinds: Kinds): (kind: ConstraintKind) => boolean {
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
    ...(draw('affinity') ? { podAffinity: required(randomTerm(random, name, kinds)) } : {}),
    ...(draw('anti-affinity') ? { podAntiAffinity: required(randomTerm(random, name, kinds)) } : {}),
  };
}

/** One or two expressions over labels of nodes. With `hasAbsence` some hold for nodes that lack a label which only Provisioners set. */
export function randomExpressions(random: SeededRandom, hasAbsence: boolean): ExpressionManifest[] {
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
