import { normalizeLabel } from '../api/label-rules.ts';
import type { PodAffinityTerm, PodWishes, SelectablePod, SpreadConstraint, Weighted } from '../core/pod-topology.ts';
import type { Field } from './field.ts';
import { readPodLabels } from './pod-selector.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Where a pod may and would like to be, relative to other pods. */
export interface PodTopology {
  readonly spread: readonly SpreadConstraint[];
  readonly podAffinity: readonly PodAffinityTerm[];
  readonly podAntiAffinity: readonly PodAffinityTerm[];
  readonly wishes: Omit<PodWishes, 'nodeTerms'>;
}

/** Reads where the pod may be relative to others, inside an `attempt`. `owner` is that pod itself. */
export function readPodTopology(spec: Field, owner: SelectablePod): PodTopology {
  const constraints = spec.at('topologySpreadConstraints').items();
  const [soft, hard] = [constraints.filter(isSoft), constraints.filter((each) => !isSoft(each))];
  const affinity = spec.at('affinity').at('podAffinity');
  const antiAffinity = spec.at('affinity').at('podAntiAffinity');
  const readTerm = (term: Field) => readAffinityTerm(term, owner);
  return {
    spread: hard.map((each) => readSpread(each, owner)),
    podAffinity: affinity.at(REQUIRED).items().map(readTerm),
    podAntiAffinity: antiAffinity.at(REQUIRED).items().map(readTerm),
    wishes: {
      podAffinity: readWishes(affinity.at(PREFERRED), readTerm),
      podAntiAffinity: readWishes(antiAffinity.at(PREFERRED), readTerm),
      spread: soft.map((each) => readSpread(each, owner)),
    },
  };
}

function isSoft(constraint: Field): boolean {
  return constraint.at('whenUnsatisfiable').oneOf(['DoNotSchedule', 'ScheduleAnyway'] as const) === 'ScheduleAnyway';
}

function readSpread(constraint: Field, owner: SelectablePod): SpreadConstraint {
  const policy = (name: string, fallback: 'Honor' | 'Ignore') =>
    constraint.at(name).oneOf(['Honor', 'Ignore'] as const, fallback) === 'Honor';
  return {
    topologyKey: normalizeLabel(constraint.at('topologyKey').text()),
    maxSkew: constraint.at('maxSkew').integer(),
    minDomains: constraint.at('minDomains').integer(1),
    selector: { namespaces: [owner.namespace], labels: readPodLabels(constraint, owner.labels) },
    honorsNodeAffinity: policy('nodeAffinityPolicy', 'Honor'),
    honorsNodeTaints: policy('nodeTaintsPolicy', 'Ignore'),
  };
}

function readAffinityTerm(term: Field, owner: SelectablePod): PodAffinityTerm {
  return {
    topologyKey: normalizeLabel(term.at('topologyKey').text()),
    selector: { namespaces: readNamespaces(term, owner), labels: readPodLabels(term, owner.labels) },
  };
}

/**
 * Named namespaces, or the pod's own when neither names nor a selector are given. Any selector reads as all namespaces: right for the
 * empty one, and for the others, whose pods are refused while pending, the side on which a pod that runs keeps too many away.
 */
function readNamespaces(term: Field, owner: SelectablePod): readonly string[] | 'all' {
  if (!term.at('namespaceSelector').isAbsent) return 'all';
  const named = term.at('namespaces').texts().sort();
  return named.length > 0 ? named : [owner.namespace];
}

/** True for a term whose namespaces are chosen by their labels, which nobody watches. */
export function selectsNamespacesByLabel(term: Field): boolean {
  const selector = term.at('namespaceSelector');
  return selector.at('matchExpressions').items().length > 0 || selector.at('matchLabels').entries().length > 0;
}

/** Wishes that cannot be judged are passed over: a pod does without them anyway. */
function readWishes(field: Field, readTerm: (term: Field) => PodAffinityTerm): Weighted<PodAffinityTerm>[] {
  return field
    .items()
    .map((item) => ({ item, term: item.at('podAffinityTerm') }))
    .filter(({ term }) => !selectsNamespacesByLabel(term))
    .map(({ item, term }) => ({ weight: item.at('weight').integer(), value: readTerm(term) }));
}
