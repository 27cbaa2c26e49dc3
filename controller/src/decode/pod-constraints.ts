import type { PodDemand } from '../core/pod-demand.ts';
import { NO_WISHES, type PodWishes, type SelectablePod, type Weighted } from '../core/pod-topology.ts';
import type { Expression } from '../core/requirements.ts';
import { readExpressions, readSelector } from './expressions.ts';
import type { Field } from './field.ts';
import { readHostPorts } from './host-ports.ts';
import { readPodTopology, selectsNamespacesByLabel } from './pod-topology.ts';
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
  const preferred = spec.at('affinity').at('nodeAffinity').at(PREFERRED);
  return {
    nodeSelector: readSelector(spec.at('nodeSelector')),
    requiredNodeTerms: readRequiredTerms(requiredAffinity(spec)),
    tolerations: readTolerations(spec.at('tolerations')),
    hostPorts: readHostPorts(spec),
    ...topology,
    wishes: sharedIfNone({ ...wishes, nodeTerms: readPreferredTerms(preferred) }),
    unsupported: unsupportedFields(spec),
  };
}

function sharedIfNone(wishes: PodWishes): PodWishes {
  return Object.values(wishes).every((list) => list.length === 0) ? NO_WISHES : wishes;
}

/** A wish by `matchFields` names one node, which no new node can be: it is passed over. So is an empty term, which wishes for nothing. */
function readPreferredTerms(preferred: Field): Weighted<readonly Expression[]>[] {
  return preferred
    .items()
    .map((item) => ({ weight: item.at('weight').integer(), term: item.at('preference') }))
    .filter(({ term }) => isFilled(term.at('matchExpressions')) && !isFilled(term.at('matchFields')))
    .map(({ weight, term }) => ({ weight, value: readExpressions(term.at('matchExpressions')) }));
}

function requiredAffinity(spec: Field): Field {
  return spec.at('affinity').at('nodeAffinity').at(REQUIRED);
}

/** The terms by `matchExpressions`. An empty term selects no node, as in Kubernetes; only empty ones leave none. */
function readRequiredTerms(required: Field): Expression[][] {
  if (required.isAbsent) return [];
  const terms = required.at('nodeSelectorTerms');
  const stated = terms
    .items()
    .filter((term) => !isEmptyTerm(term))
    .map((term) => readExpressions(term.at('matchExpressions')));
  if (stated.length === 0) fail(terms.path, 'no term selects any node');
  return stated;
}

function isEmptyTerm(term: Field): boolean {
  return term.at('matchExpressions').items().length === 0 && term.at('matchFields').items().length === 0;
}

/** Paths of the hard constraints that scheduling does not weigh yet, sorted, each once. */
function unsupportedFields(spec: Field): string[] {
  const found: string[] = [];
  const note = (isUsed: boolean, path: string) => {
    if (isUsed) found.push(path);
  };
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const terms = spec.at('affinity').at(kind).at(REQUIRED).items();
    note(terms.some(selectsNamespacesByLabel), `spec.affinity.${kind}.${REQUIRED}[].namespaceSelector`);
  }
  const nodeTerms = requiredAffinity(spec).at('nodeSelectorTerms').items();
  note(
    nodeTerms.some((term) => isFilled(term.at('matchFields'))),
    `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[].matchFields`,
  );
  const volumes = spec.at('volumes').items();
  for (const source of ['persistentVolumeClaim', 'ephemeral']) {
    note(
      volumes.some((volume) => !volume.at(source).isAbsent),
      `spec.volumes[].${source}`,
    );
  }
  note(isFilled(spec.at('resourceClaims')), 'spec.resourceClaims');
  return found.sort();
}

function isFilled(list: Field): boolean {
  return list.items().length > 0;
}
