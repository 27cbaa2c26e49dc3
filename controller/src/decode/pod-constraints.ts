import type { Expression } from '../core/requirements.ts';
import type { Toleration } from '../core/taints.ts';
import { readExpressions, readSelector } from './expressions.ts';
import type { Field } from './field.ts';
import { readTolerations } from './taints.ts';
import { fail } from './undecodable.ts';

/** Where a pod may run. */
export interface PodConstraints {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly requiredNodeTerms: readonly (readonly Expression[])[];
  readonly tolerations: readonly Toleration[];
  readonly unsupported: readonly string[];
}

/** Reads where the pod of this spec may run, inside an `attempt`. */
export function readPodConstraints(spec: Field): PodConstraints {
  return {
    nodeSelector: readSelector(spec.at('nodeSelector')),
    requiredNodeTerms: readRequiredTerms(requiredAffinity(spec)),
    tolerations: readTolerations(spec.at('tolerations')),
    unsupported: unsupportedFields(spec),
  };
}

function requiredAffinity(spec: Field): Field {
  return spec.at('affinity').at('nodeAffinity').at('requiredDuringSchedulingIgnoredDuringExecution');
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

/** Paths of the constraints that scheduling does not weigh yet: hard ones and wishes alike, sorted, each once. */
function unsupportedFields(spec: Field): string[] {
  const found: string[] = [];
  const note = (isUsed: boolean, path: string) => {
    if (isUsed) found.push(path);
  };
  const affinity = spec.at('affinity');
  note(isFilled(spec.at('topologySpreadConstraints')), 'spec.topologySpreadConstraints');
  note(hasTerms(affinity.at('podAffinity')), 'spec.affinity.podAffinity');
  note(hasTerms(affinity.at('podAntiAffinity')), 'spec.affinity.podAntiAffinity');
  const nodeAffinity = affinity.at('nodeAffinity');
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  note(isFilled(nodeAffinity.at(preferred)), `spec.affinity.nodeAffinity.${preferred}`);
  const terms = requiredAffinity(spec).at('nodeSelectorTerms');
  const matchFields = `spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchFields`;
  note(
    terms.items().some((term) => isFilled(term.at('matchFields'))),
    matchFields,
  );
  const volumes = spec.at('volumes').items();
  for (const source of ['persistentVolumeClaim', 'ephemeral']) {
    note(
      volumes.some((volume) => !volume.at(source).isAbsent),
      `spec.volumes[].${source}`,
    );
  }
  // Sidecars hold their ports as long as containers do; those of other init containers do not count, as in kube-scheduler.
  const sidecars = spec
    .at('initContainers')
    .items()
    .filter((container) => container.at('restartPolicy').text('') === 'Always');
  note(spec.at('containers').items().some(hasHostPort), 'spec.containers[].ports[].hostPort');
  note(sidecars.some(hasHostPort), 'spec.initContainers[].ports[].hostPort');
  note(isFilled(spec.at('resourceClaims')), 'spec.resourceClaims');
  return found.sort();
}

function isFilled(list: Field): boolean {
  return list.items().length > 0;
}

function hasTerms(podAffinity: Field): boolean {
  return (
    isFilled(podAffinity.at('requiredDuringSchedulingIgnoredDuringExecution')) ||
    isFilled(podAffinity.at('preferredDuringSchedulingIgnoredDuringExecution'))
  );
}

function hasHostPort(container: Field): boolean {
  return container
    .at('ports')
    .items()
    .some((port) => port.at('hostPort').integer(0) !== 0);
}
