import { normalizeLabel } from '../api/label-rules.ts';
import type {
  PodAffinityTerm,
  PodSelector,
  PodWishes,
  SelectablePod,
  SpreadConstraint,
  Weighted,
} from '../core/pod-topology.ts';
import type { Expression } from '../core/requirements.ts';
import type { Field } from './field.ts';
import { readLabelSelector, readPodLabels } from './pod-selector.ts';

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

/**
 * The selector of a term with a `namespaceSelector`. Which namespaces that chooses, beside those that `namespaces` names, is known when a
 * plan is made and not before: until `state/namespace-index.ts` has added them, the term means too few pods.
 */
export interface ChoosingSelector extends PodSelector {
  readonly namespaces: readonly string[];
  /** What a namespace's labels must satisfy to be chosen; never empty. */
  readonly namespaceLabels: readonly Expression[];
}

/** True for a selector that waits for its namespaces. */
export function choosesNamespaces(selector: PodSelector): selector is ChoosingSelector {
  return 'namespaceLabels' in selector;
}

function readAffinityTerm(term: Field, owner: SelectablePod): PodAffinityTerm {
  const labels = readPodLabels(term, owner.labels);
  return {
    topologyKey: normalizeLabel(term.at('topologyKey').text()),
    selector: { ...readNamespaces(term, owner), labels },
  };
}

/** Those named and those chosen; the pod's own when the term does neither. An empty selector chooses all that there are and will be. */
function readNamespaces(
  term: Field,
  owner: SelectablePod,
): Omit<PodSelector, 'labels'> | Omit<ChoosingSelector, 'labels'> {
  const namespaces = [...new Set(term.at('namespaces').texts())].sort();
  const selector = term.at('namespaceSelector');
  if (selector.isAbsent) return { namespaces: namespaces.length > 0 ? namespaces : [owner.namespace] };
  const namespaceLabels = readLabelSelector(selector);
  return namespaceLabels.length === 0 ? { namespaces: 'all' } : { namespaces, namespaceLabels };
}

function readWishes(field: Field, readTerm: (term: Field) => PodAffinityTerm): Weighted<PodAffinityTerm>[] {
  return field
    .items()
    .map((item) => ({ weight: item.at('weight').integer(), value: readTerm(item.at('podAffinityTerm')) }));
}
