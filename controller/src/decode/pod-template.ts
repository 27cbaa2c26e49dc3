import type { PodDemand } from '../core/pod-demand.ts';
import type { SelectablePod } from '../core/pod-topology.ts';
import { Field } from './field.ts';
import { type PodConstraints, readPodConstraints } from './pod-constraints.ts';
import { readPodRequests } from './pod-requests.ts';
import { createSharedValues, type SharedValues } from './shared-values.ts';

/** What pods made from one template have in common. */
export type PodTemplate = PodConstraints & Pick<PodDemand, 'requests'>;

/** Reads the parts of pods that templates decide, inside an `attempt`. */
export interface TemplateReader {
  labels(metadata: Field): PodDemand['labels'];
  template(spec: Field, status: Field, owner: SelectablePod): PodTemplate;
}

/** Reads each pod by itself. */
export const PLAIN_READER: TemplateReader = {
  labels: (metadata) => metadata.at('labels').textMap(),
  template: (spec, status, owner) => ({
    requests: readPodRequests(spec, status),
    ...readPodConstraints(spec, owner),
  }),
};

/** In the text of a template: some constraint reads the pod's own labels. */
const READS_OWN_LABELS = 'atchLabelKeys":';
const NO_LABELS: PodDemand['labels'] = Object.freeze({});

/**
 * A reader that reads each template once, by its text, and gives equal parts of different templates as one frozen object: replicas need
 * no parsing, fifty thousand of them little memory, and who asks whether two pods are alike needs to compare no content.
 */
export function createTemplateReader(): TemplateReader {
  const values = createSharedValues();
  const read: TemplateReader['template'] = (spec, status, owner) =>
    sharedParts(PLAIN_READER.template(spec, status, owner), values);
  return {
    labels(metadata) {
      const { value } = metadata.at('labels');
      return values.made(`labels ${JSON.stringify(value)}`, () => values.shared(sorted(PLAIN_READER.labels(metadata))));
    },
    template(spec, status, { namespace, labels }) {
      const [ofSpec, ofStatus] = [spec.value, status.value ?? NOTHING];
      if (!isObject(ofSpec) || !isObject(ofStatus)) return read(spec, status, { namespace, labels });
      const parts = partsOf(ofSpec, ofStatus);
      const text = JSON.stringify([namespace, parts]);
      const own = text.includes(READS_OWN_LABELS) ? labels : NO_LABELS;
      return values.made(own === NO_LABELS ? text : `${text}${JSON.stringify(own)}`, () => {
        // What the text does not hold cannot be read either.
        const [statedSpec, statedStatus] = stated(parts);
        return read(new Field(spec.path, statedSpec), new Field(status.path, statedStatus), { namespace, labels: own });
      });
    },
  };
}

function sharedParts(template: PodTemplate, values: SharedValues): PodTemplate {
  const parts = Object.entries({
    ...template,
    requests: sorted(template.requests),
    nodeSelector: sorted(template.nodeSelector),
  });
  return Object.fromEntries(parts.map(([name, part]) => [name, values.shared(part)])) as unknown as PodTemplate;
}

/** The record with its keys in order: records that mean the same become equal. */
function sorted<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}

type Json = Readonly<Record<string, unknown>>;
const NOTHING: Json = {};

/**
 * What of a pod its template is read from: of its spec, and of its status the amounts that the kubelet holds. Its own names (of its node, of
 * its claims) are not among it.
 */
function partsOf(spec: Json, { containerStatuses, initContainerStatuses }: Json): readonly unknown[] {
  return [
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    spec.overhead,
    spec.resources,
    spec.resourceClaims,
    each(spec.containers, containerParts),
    each(spec.initContainers, containerParts),
    each(containerStatuses, heldParts),
    each(initContainerStatuses, heldParts),
  ];
}

/** The same as a spec and a status. */
function stated(parts: readonly unknown[]): readonly [Json, Json] {
  const [nodeSelector, affinity, tolerations, topologySpreadConstraints, overhead, resources, ...others] = parts;
  const [resourceClaims, containers, initContainers, containerStatuses, initContainerStatuses] = others;
  const constraints = { nodeSelector, affinity, tolerations, topologySpreadConstraints };
  const spec = { ...constraints, overhead, resources, resourceClaims, containers, initContainers };
  return [spec, { containerStatuses, initContainerStatuses }];
}

function containerParts({ name, resources, ports, restartPolicy }: Json): Json {
  return { name, resources, ports, restartPolicy };
}

function heldParts({ name, allocatedResources, resources }: Json): Json {
  return { name, allocatedResources, resources };
}

/** The objects of a list cut down to their parts. What has another shape stays as it is: its reader says what is wrong with it. */
function each(list: unknown, partsOf: (item: Json) => Json): unknown {
  return Array.isArray(list) ? list.map((item) => (isObject(item) ? partsOf(item) : item)) : list;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
