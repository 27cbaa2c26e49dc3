import { HOSTNAME_LABEL, INITIALIZED_LABEL, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { NodeManifest, PodManifest, Problem, TaintManifest } from '../problem/problem-file.ts';
import { amountsOf, lacking, requestOf, rest, sumOf } from './amounts.ts';
import { daemonsOn, isDaemonOf } from './daemons.ts';
import { portClashes } from './host-ports.ts';
import { admits, repellingTaint } from './matching.ts';
import { isRunning, type PlacedPod, type StandingNode, type Violation } from './standing.ts';

/** Taints that every young node has, and loses by itself. */
const EPHEMERAL = [
  'node.kubernetes.io/not-ready:NoSchedule',
  'node.kubernetes.io/unreachable:NoSchedule',
  'node.cloudprovider.kubernetes.io/uninitialized:NoSchedule',
];

/** The node with what runs there and what the plan adds. */
export function standingNode(
  node: NodeManifest,
  {
    path,
    placed,
    bound,
    problem,
  }: { path: string; placed: readonly PlacedPod[]; bound: readonly PodManifest[]; problem: Problem },
): StandingNode {
  const { name } = node.metadata;
  const labels = { [HOSTNAME_LABEL]: name, ...node.metadata.labels };
  return { path, name, labels, taints: lastingTaints(node, problem), bound, placed };
}

function lastingTaints({ metadata: { labels = {} }, spec }: NodeManifest, { provisioners }: Problem): TaintManifest[] {
  const owner = provisioners.find(({ metadata }) => metadata.name === labels[PROVISIONER_NAME_LABEL]);
  const isYoung = labels[INITIALIZED_LABEL] !== 'true';
  const passing = new Set([
    ...EPHEMERAL,
    ...(isYoung ? (owner?.spec.startupTaints ?? []).map(({ key, effect }) => `${key}:${effect}`) : []),
  ]);
  const cordon =
    spec?.unschedulable === true ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : [];
  return [...(spec?.taints ?? []).filter(({ key, effect }) => !passing.has(`${key}:${effect}`)), ...cordon];
}

/** What is wrong with the pods that the plan adds to the node. Nothing is said of a node that it leaves alone. */
export function existingNodeViolations(node: NodeManifest, standing: StandingNode, problem: Problem): Violation[] {
  const { path, name, labels, taints, placed } = standing;
  if (placed.length === 0) return [];
  const running = standing.bound.filter(isRunning);
  const specs = [...running, ...placed.map(({ pod }) => pod)].map(({ spec }) => spec);
  const lacks = lacking(
    sumOf([...specs.map(requestOf), daemonsToCome(standing, running, problem)]),
    amountsOf(node.status.allocatable),
  );
  return [
    ...placed
      .filter(({ pod }) => !admits(pod.spec, labels, name))
      .map(({ path: at }) => ({
        path: at,
        rule: 'selector' as const,
        message: `does not suit the labels or the name of ${node.metadata.name}`,
      })),
    ...placed.flatMap(({ path: at, pod }) => {
      const taint = repellingTaint(taints, pod.spec.tolerations);
      return taint === undefined
        ? []
        : [{ path: at, rule: 'taint' as const, message: `does not tolerate ${taint.key}:${taint.effect}` }];
    }),
    ...lacks.map((message) => ({ path, rule: 'resources' as const, message })),
    ...portClashes(specs).map((port) => ({ path, rule: 'host-port' as const, message: `two pods want ${port}` })),
  ];
}

/** What daemons still to come will take: what all of them request, less what daemons there request already. */
function daemonsToCome(node: StandingNode, running: readonly PodManifest[], problem: Problem) {
  const daemons = daemonsOn(problem, node);
  const there = running.filter((pod) =>
    (problem.daemonSets ?? []).some(({ metadata }) => isDaemonOf(metadata.name, pod)),
  );
  return rest(sumOf(daemons.map(({ spec }) => requestOf(spec))), sumOf(there.map(({ spec }) => requestOf(spec))));
}
