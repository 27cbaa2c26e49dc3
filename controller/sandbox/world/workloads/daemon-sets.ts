import type { KubeObject } from '../../../src/api/meta.ts';
import {
  type DaemonSet,
  isTerminal,
  isTrue,
  type KubeToleration,
  listOf,
  type Node,
  type Pod,
  type PodSpec,
} from '../../kube/built-in-kinds.ts';
import { admitsNode } from '../label-match.ts';
import { untoleratedTaint } from '../node-fit.ts';
import type { Stage } from '../stage.ts';
import { controllerRef, createPod, deletePod, isActive, podsOf, templateHash } from './owned-objects.ts';
import type { WorkloadController } from './workload-controller.ts';

const HASH_LABEL = 'controller-revision-hash';

/** What the real controller lets every daemon tolerate; with the host's network also a node that has none yet. */
const ADDED_TOLERATIONS: readonly KubeToleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const HOST_NETWORK_TOLERATION: KubeToleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** DaemonSets: one pod on each node that its pods' selector, affinity and tolerations allow; changed templates one pod at a time. */
export const daemonSets: WorkloadController = {
  kind: 'DaemonSet',
  apiVersion: 'apps/v1',
  dependants: ['Pod'],
  surroundings: { kind: 'Node', facts: nodeFacts },
  reconcile(stage, object) {
    const daemonSet = object as DaemonSet;
    const nodes = listOf(stage.store, 'Node');
    placeDaemons(stage, daemonSet, nodes);
    writeStatus(stage, daemonSet, nodes);
  },
};

function nodeFacts(object: KubeObject): string {
  return JSON.stringify([object.metadata.labels, (object as Node).spec?.taints]);
}

function placeDaemons(stage: Stage, daemonSet: DaemonSet, nodes: readonly Node[]): void {
  const ownerRef = controllerRef('apps/v1', 'DaemonSet', daemonSet);
  const hash = templateHash(daemonSet.spec.template);
  const pods = podsOf(stage, daemonSet);
  const byNode = Map.groupBy(pods, targetOf);
  for (const node of nodes) {
    const { name } = node.metadata;
    const [first, ...surplus] = (byNode.get(name) ?? []).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    for (const pod of surplus) deletePod(stage, daemonSet, ownerRef, pod);
    const spec = daemonSpec(daemonSet.spec.template.spec);
    if (first === undefined) {
      // A pod on its way out still holds its room: the next one comes after it.
      const isFree = (byNode.get(name) ?? []).length === 0;
      if (isFree && mayRunOn(spec, node, ['NoSchedule', 'NoExecute'])) {
        createPod(stage, {
          owner: daemonSet,
          ownerRef,
          template: daemonSet.spec.template,
          labels: { [HASH_LABEL]: hash },
          spec: pinnedTo(name, spec),
        });
      }
    } else if (isTerminal(first) || !mayRunOn(spec, node, ['NoExecute'])) deletePod(stage, daemonSet, ownerRef, first);
  }
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const pod of pods) {
    if (isActive(pod) && !pod.spec.nodeName && !names.has(targetOf(pod))) deletePod(stage, daemonSet, ownerRef, pod);
  }
  replaceOutdated(stage, daemonSet, pods, hash);
}

/** One outdated pod goes when all the others serve. */
function replaceOutdated(stage: Stage, daemonSet: DaemonSet, pods: readonly Pod[], hash: string): void {
  const outdated = pods.find((pod) => isActive(pod) && pod.metadata.labels?.[HASH_LABEL] !== hash);
  const isQuiet = pods.every((pod) => isActive(pod) && (pod === outdated || isTrue(pod.status?.conditions, 'Ready')));
  if (outdated !== undefined && isQuiet)
    deletePod(stage, daemonSet, controllerRef('apps/v1', 'DaemonSet', daemonSet), outdated);
}

/** What the template asks for, with the tolerations that every daemon gets. */
function daemonSpec(spec: PodSpec): PodSpec {
  const added = spec.hostNetwork === true ? [...ADDED_TOLERATIONS, HOST_NETWORK_TOLERATION] : ADDED_TOLERATIONS;
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...added] };
}

/** The pod for one node: an affinity that names it takes the place of the template's, as the real controller does. */
function pinnedTo(nodeName: string, spec: PodSpec): PodSpec {
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }];
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
  };
  return { ...spec, affinity: { ...spec.affinity, nodeAffinity } };
}

/** The node a daemon is bound to or made for. */
function targetOf({ spec }: Pod): string {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return spec.nodeName || (terms?.[0]?.matchFields?.[0]?.values?.[0] ?? '');
}

/** True when the node is one for the DaemonSet; a daemon that is there already is only driven out by NoExecute. */
function mayRunOn(spec: PodSpec, { metadata, spec: node }: Node, effects: readonly string[]): boolean {
  return (
    admitsNode(spec, metadata.name, metadata.labels ?? {}) &&
    untoleratedTaint(spec.tolerations, node?.taints, effects) === undefined
  );
}

function writeStatus(stage: Stage, daemonSet: DaemonSet, nodes: readonly Node[]): void {
  const { spec, metadata } = daemonSet;
  const hash = templateHash(spec.template);
  const pods = podsOf(stage, daemonSet).filter(isActive);
  const wanted = nodes.filter((node) => mayRunOn(daemonSpec(spec.template.spec), node, ['NoSchedule', 'NoExecute']));
  const wantedNames = new Set(wanted.map((node) => node.metadata.name));
  const placed = pods.filter((pod) => pod.spec.nodeName && wantedNames.has(pod.spec.nodeName));
  const ready = placed.filter((pod) => isTrue(pod.status?.conditions, 'Ready')).length;
  const status = {
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: placed.length,
    numberMisscheduled: pods.filter((pod) => pod.spec.nodeName).length - placed.length,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: wanted.length - ready,
    updatedNumberScheduled: placed.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length,
    observedGeneration: metadata.generation,
  };
  stage.store.mergePatch('DaemonSet', metadata.name, metadata.namespace, { status }, { subresource: 'status' });
}
