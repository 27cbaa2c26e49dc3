import {
  type Container,
  isTerminal,
  type KubeTaint,
  type KubeToleration,
  listOf,
  type Node,
  type Pod,
  type SelectorExpression,
} from '../kube/built-in-kinds.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { beyond, type ExactQuantities, exactMax, exactQuantities, exactSum, showExact } from './exact-quantity.ts';
import type { Monitor } from './monitor.ts';
import { clashes, type NamespaceLabels, type Resident, wrongBesideOthers } from './relations.ts';

// Written from the documentation of the Pod and Node API alone. It shares no code with the scheduler it judges, nor with
// the controller that bought the nodes.

/**
 * What is wrong with where pods stand now: nodes that are not there, selectors and affinities that do not hold, NoExecute
 * taints that are not tolerated, nodes with more on them than they can give, pods that must not be together. In words, by node, then pod.
 */
export function checkPlacement(store: ObjectStore): readonly string[] {
  const onNode = Map.groupBy(listOf(store, 'Pod').filter(holdsRoom), ({ spec }) => spec.nodeName ?? '');
  const nodes = new Map(listOf(store, 'Node').map((node) => [node.metadata.name, node]));
  const wrongOnNodes = [...onNode.keys()].sort().flatMap((name) => {
    const pods = onNode.get(name) ?? [];
    const node = nodes.get(name);
    if (node === undefined) return pods.map((pod) => `${nameOf(pod)} is bound to ${name}, which does not exist`);
    return [...pods.flatMap((pod) => wrongAtRest(pod, node)), ...overcommitment(node, pods)];
  });
  return [...wrongOnNodes, ...clashes(residentsOf(store), namespacesOf(store))];
}

/** Every pod that stands on a node that is there. */
function residentsOf(store: ObjectStore): readonly Resident[] {
  const nodes = new Map(listOf(store, 'Node').map((node) => [node.metadata.name, node]));
  return listOf(store, 'Pod')
    .filter(holdsRoom)
    .map((pod) => ({ pod, node: nodes.get(pod.spec.nodeName ?? '') }))
    .filter((each): each is Resident => each.node !== undefined);
}

function namespacesOf(store: ObjectStore): NamespaceLabels {
  return new Map(store.list('Namespace').map(({ metadata: { name, labels = {} } }) => [name, labels]));
}

/** Watches every binding from now on, and checks it against the node as it is at that moment, cordon and taints included. */
export function watchPlacement(store: ObjectStore): Monitor {
  const bound = new Set(
    listOf(store, 'Pod')
      .filter(holdsRoom)
      .map(({ metadata }) => metadata.uid),
  );
  const violations: string[] = [];
  const stop = store.watch('Pod', ({ type, object }) => {
    const pod = object as Pod;
    if (type === 'DELETED') bound.delete(pod.metadata.uid);
    else if (holdsRoom(pod) && !bound.has(pod.metadata.uid)) {
      bound.add(pod.metadata.uid);
      violations.push(...wrongAtBinding(store, pod));
    }
  });
  return { violations: () => violations, stop };
}

function holdsRoom(pod: Pod): boolean {
  return (pod.spec.nodeName ?? '') !== '' && !isTerminal(pod);
}

function wrongAtBinding(store: ObjectStore, pod: Pod): readonly string[] {
  const name = pod.spec.nodeName ?? '';
  const node = store.get('Node', name) as Node | undefined;
  if (node === undefined) return [`${nameOf(pod)} was bound to ${name}, which does not exist`];
  const neighbours = listOf(store, 'Pod').filter((each) => holdsRoom(each) && each.spec.nodeName === name);
  const cordon: readonly KubeTaint[] =
    node.spec?.unschedulable === true ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : [];
  const taints = [...(node.spec?.taints ?? []), ...cordon].filter(({ effect }) => effect === 'NoSchedule');
  const repelled = untolerated(pod, taints).map(
    (taint) => `${nameOf(pod)} was bound to ${name} against its taint ${taint}`,
  );
  return [...repelled, ...wrongAtRest(pod, node), ...overcommitment(node, neighbours), ...wrongRelations(store, pod)];
}

function wrongRelations(store: ObjectStore, pod: Pod): readonly string[] {
  const residents = residentsOf(store);
  const own = residents.find((each) => each.pod.metadata.uid === pod.metadata.uid);
  if (own === undefined) return [];
  const others = residents.filter((each) => each !== own);
  const cluster = { nodes: listOf(store, 'Node'), namespaces: namespacesOf(store) };
  return wrongBesideOthers(own, others, cluster, { suitsSelectors, untolerated });
}

function suitsSelectors(pod: Pod, node: Node): boolean {
  return wrongAtRest(pod, { ...node, spec: {} }).length === 0;
}

function wrongAtRest(pod: Pod, node: Node): readonly string[] {
  const { name, labels = {} } = node.metadata;
  const wrong: string[] = [];
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (labels[key] !== value)
      wrong.push(`${nameOf(pod)} selects ${key}=${value}; ${name} has ${labels[key] ?? 'no such label'}`);
  }
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isAffine = terms?.some(({ matchExpressions = [], matchFields = [] }) => {
    const onLabels = matchExpressions.every((each) => expressionHolds(each, labels[each.key]));
    const onFields = matchFields.every((each) => each.key === 'metadata.name' && expressionHolds(each, name));
    return matchExpressions.length + matchFields.length > 0 && onLabels && onFields;
  });
  if (isAffine === false) wrong.push(`${nameOf(pod)} has a node affinity that no term of allows ${name}`);
  const driving = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  for (const taint of untolerated(pod, driving))
    wrong.push(`${nameOf(pod)} stands on ${name} against its taint ${taint}`);
  return wrong;
}

function expressionHolds({ operator, values = [] }: SelectorExpression, value: string | undefined): boolean {
  const [bound = ''] = values;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (value === undefined) return false;
  if (operator === 'Exists') return true;
  if (operator === 'In') return values.includes(value);
  if (!/^-?\d+$/.test(value) || !/^-?\d+$/.test(bound)) return false;
  return operator === 'Gt' ? BigInt(value) > BigInt(bound) : operator === 'Lt' && BigInt(value) < BigInt(bound);
}

function untolerated({ spec }: Pod, taints: readonly KubeTaint[]): readonly string[] {
  const isTolerated = (taint: KubeTaint) => (toleration: KubeToleration) => {
    const matchesEffect = !toleration.effect || toleration.effect === taint.effect;
    const matchesKey = !toleration.key ? toleration.operator === 'Exists' : toleration.key === taint.key;
    const matchesValue = toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
    return matchesEffect && matchesKey && matchesValue;
  };
  return taints
    .filter((taint) => !(spec.tolerations ?? []).some(isTolerated(taint)))
    .map(({ key, effect }) => `${key}:${effect}`);
}

function overcommitment(node: Node, pods: readonly Pod[]): readonly string[] {
  const allocatable = exactQuantities(node.status?.allocatable);
  const requested = exactSum(pods.map(requestsOf));
  return beyond(requested, allocatable, false).map((resource) => {
    const [wanted, given] = [requested, allocatable].map((amounts) => showExact(amounts.get(resource) ?? 0n));
    return `${node.metadata.name} gives ${given} ${resource}; its ${pods.length} pods request ${wanted}`;
  });
}

/** The scheduler's documented sum: what runs for good, or the hungriest moment of the start, plus overhead, plus the pod itself. */
function requestsOf({ spec }: Pod): ExactQuantities {
  const ofContainer = ({ resources }: Container): ExactQuantities =>
    exactQuantities({ ...resources?.limits, ...resources?.requests });
  const inits = spec.initContainers ?? [];
  const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';
  const forGood = exactSum([...inits.filter(isSidecar), ...spec.containers].map(ofContainer));
  const moments = inits.map((container, index) =>
    exactSum([...inits.slice(0, index).filter(isSidecar), container].map(ofContainer)),
  );
  return exactSum([exactMax([forGood, ...moments]), exactQuantities(spec.overhead), exactQuantities({ pods: 1 })]);
}

function nameOf({ metadata }: Pod): string {
  return `pod ${metadata.namespace}/${metadata.name}`;
}
