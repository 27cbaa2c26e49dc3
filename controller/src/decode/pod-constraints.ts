import type { PodDemand } from '../core/pod-demand.ts';
import { NO_WISHES, type PodWishes, type SelectablePod, type Weighted } from '../core/pod-topology.ts';
import type { Expression } from '../core/requirements.ts';
import { readNodeTerm, readSelector } from './expressions.ts';
import type { Field } from './field.ts';
import { readHostPorts } from './host-ports.ts';
import { readPodTopology } from './pod-topology.ts';
import { readTolerations } from './taints.ts';
import { fail } from './undecodable.ts';

/** Where a pod may run. */
export type PodConstraints = Pick<
  PodDemand,
  | 'nodeSelector'
  | 'requiredNodeTerms'
  | 'tolerations'
  | 'hostPorts'
  | 'spread'
  | 'podAffinity'
  | 'podAntiAffinity'
  | 'wishes'
  | 'unsupported'
>;

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Reads where the pod of this spec may run, inside an `attempt`. `owner` is that pod itself. */
export function readPodConstraints(spec: Field, owner: SelectablePod): PodConstraints {
  const { wishes, ...topology } = readPodTopology(spec, owner);
  const nodeAffinity = spec.at('affinity').at('nodeAffinity');
  return {
    nodeSelector: readSelector(spec.at('nodeSelector')),
    requiredNodeTerms: readRequiredTerms(nodeAffinity.at(REQUIRED)),
    tolerations: readTolerations(spec.at('tolerations')),
    hostPorts: readHostPorts(spec),
    ...topology,
    wishes: sharedIfNone({ ...wishes, nodeTerms: readPreferredTerms(nodeAffinity.at(PREFERRED)) }),
    unsupported: unsupportedFields(spec),
  };
}

function sharedIfNone(wishes: PodWishes): PodWishes {
  return Object.values(wishes).every((list) => list.length === 0) ? NO_WISHES : wishes;
}

/** An empty term wishes for nothing: it is passed over. */
function readPreferredTerms(preferred: Field): Weighted<readonly Expression[]>[] {
  return preferred
    .items()
    .map((item) => ({ weight: item.at('weight').integer(), term: item.at('preference') }))
    .map(({ weight, term }) => ({ weight, value: readNodeTerm(term) }))
    .filter(({ value }) => value.length > 0);
}

/** The terms. An empty one selects no node, as in Kubernetes; only empty ones leave none. */
function readRequiredTerms(required: Field): Expression[][] {
  if (required.isAbsent) return [];
  const terms = required.at('nodeSelectorTerms');
  const stated = terms
    .items()
    .map(readNodeTerm)
    .filter((term) => term.length > 0);
  if (stated.length === 0) fail(terms.path, 'no term selects any node');
  return stated;
}

/** Paths of the hard constraints that scheduling does not weigh yet, sorted, each once. */
function unsupportedFields(spec: Field): string[] {
  const found: string[] = [];
  const note = (isUsed: boolean, path: string) => {
    if (isUsed) found.push(path);
  };
  note(isFilled(spec.at('resourceClaims')), 'spec.resourceClaims');
  return found.sort();
}

function isFilled(list: Field): boolean {
  return list.items().length > 0;
}
