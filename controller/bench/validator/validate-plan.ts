import type { PodManifest, Problem } from '../problem/problem-file.ts';
import type { Result } from '../problem/result-file.ts';
import type { Amounts } from './amounts.ts';
import { antiAffinityViolations } from './anti-affinity.ts';
import { type Binding, findBindingOrder } from './binding.ts';
import { existingNodeViolations, standingNode } from './existing-node.ts';
import { limitViolations } from './limits.ts';
import { createMarket } from './market.ts';
import { judgePlannedNode, PRICE_TOLERANCE_USD } from './planned-node.ts';
import { labelsByNamespace } from './pod-groups.ts';
import { nameOf, type PlacedPod, type StandingNode, type Violation } from './standing.ts';

/**
 * Everything that is wrong with a plan, by kube-scheduler's rules and the Provisioners'; empty when it can be carried out as it stands.
 * The problem has its types and pods inline, the result has full detail. Shares no code with what it judges. Preferences are no rules.
 */
export function validatePlan(problem: Problem, result: Result): Violation[] {
  const { placements, market, existing, planned } = judgeNodes(problem, result);
  const surroundings = { openDomains: market.openDomains, namespaces: labelsByNamespace(problem) };
  const nodes = [...existing, ...planned];
  const standing = nodes.map((node) => node.standing);
  return [
    ...placements.violations,
    ...nodes.flatMap(({ violations }) => violations),
    ...antiAffinityViolations(standing, surroundings.namespaces),
    ...findBindingOrder(standing, surroundings).violations,
    ...limitViolations(result.newNodeClaims ?? [], problem, market),
  ];
}

/** What has to be done to carry a plan out. */
export interface Execution {
  /** In the order of the result's `newNodeClaims`; each as its cheapest offering makes it, with what that type leaves to pods. */
  readonly joining: readonly { readonly standing: StandingNode; readonly allocatable: Amounts }[];
  /** Each pod's node, in an order in which kube-scheduler may bind them so. */
  readonly bindings: readonly Binding[];
}

/** How a plan that `validatePlan` has nothing against is carried out. */
export function executionOf(problem: Problem, result: Result): Execution {
  const { market, existing, planned } = judgeNodes(problem, result);
  const standing = [...existing, ...planned].map((node) => node.standing);
  const joining = planned.map((node, index) => {
    const type = market.types.get(result.newNodeClaims?.[index]?.instanceType ?? '');
    if (type === undefined) throw new Error(`newNodeClaims[${index}]: no such instance type`);
    return { standing: node.standing, allocatable: market.allocatable(type) };
  });
  const surroundings = { openDomains: market.openDomains, namespaces: labelsByNamespace(problem) };
  return { joining, bindings: findBindingOrder(standing, surroundings).bindings };
}

/** Every node as it stands when the plan is carried out, and what is wrong with it by itself. */
function judgeNodes(problem: Problem, result: Result) {
  const placements = readPlacements(problem, result);
  const market = createMarket(problem);
  const planned = (result.newNodeClaims ?? []).map((node, index) => {
    const path = `newNodeClaims[${index}]`;
    return judgePlannedNode(node, { path, placed: placements.of(path), market });
  });
  const bound = Map.groupBy(problem.pods ?? [], ({ spec }) => spec.nodeName);
  const places = new Map((result.existingNodes ?? []).map(({ name }, index) => [name, `existingNodes[${index}]`]));
  const existing = (problem.nodes ?? []).map((node) => {
    const { name } = node.metadata;
    const path = places.get(name) ?? `nodes ${name}`;
    const standing = standingNode(node, { path, placed: placements.of(path), bound: bound.get(name) ?? [], problem });
    return { standing, violations: existingNodeViolations(node, standing, problem) };
  });
  return { placements, market, existing, planned };
}

interface Placements {
  /** Pods that the result puts on the node of this path. */
  of(path: string): readonly PlacedPod[];
  readonly violations: readonly Violation[];
}

/** Reads who goes where, and checks that the result agrees with itself. */
function readPlacements(problem: Problem, result: Result): Placements {
  const violations: Violation[] = [];
  const report = (path: string, message: string): void => void violations.push({ path, rule: 'result', message });
  const pending = new Map<string, PodManifest>();
  for (const pod of problem.pods ?? []) if (pod.spec.nodeName === undefined) pending.set(nameOf(pod), pod);
  const nodeNames = new Set((problem.nodes ?? []).map(({ metadata }) => metadata.name));
  const placed = new Map<string, PlacedPod[]>();
  const seen = new Set<string>();
  const read = (path: string, { pods = [], podCount }: { pods?: readonly string[]; podCount: number }): void => {
    if (pods.length !== podCount) report(path, `counts ${podCount} pods and names ${pods.length}`);
    const here = pods.flatMap((name, index) => {
      const at = `${path}.pods[${index}]`;
      const pod = pending.get(name);
      if (pod === undefined) report(at, `${name} is none of the pods to be placed`);
      if (seen.has(name)) report(at, `${name} has a place already`);
      if (pod === undefined || seen.has(name)) return [];
      seen.add(name);
      return [{ path: at, pod }];
    });
    placed.set(path, here);
  };
  (result.newNodeClaims ?? []).forEach((node, index) => read(`newNodeClaims[${index}]`, node));
  (result.existingNodes ?? []).forEach((node, index) => {
    if (!nodeNames.has(node.name)) report(`existingNodes[${index}]`, `there is no node ${node.name}`);
    read(`existingNodes[${index}]`, node);
  });
  checkSums(result, pending.size - seen.size, report);
  return { of: (path) => placed.get(path) ?? [], violations };
}

function checkSums(result: Result, unplaced: number, report: (path: string, message: string) => void): void {
  const { newNodeClaims = [], existingNodes = [] } = result;
  const podsOn = (nodes: readonly { podCount: number }[]) => nodes.reduce((sum, { podCount }) => sum + podCount, 0);
  const check = (path: string, told: number, counted: number): void => {
    if (told !== counted) report(path, `is ${told}, should be ${counted}`);
  };
  check('newNodeClaimCount', result.newNodeClaimCount, newNodeClaims.length);
  check('podsOnNewNodes', result.podsOnNewNodes, podsOn(newNodeClaims));
  check('podsOnExistingNodes', result.podsOnExistingNodes, podsOn(existingNodes));
  check('unscheduled', result.unscheduled, unplaced);
  const cost = newNodeClaims.reduce((sum, { price }) => sum + price, 0);
  if (Math.abs(cost - result.costPerHour) > PRICE_TOLERANCE_USD * (newNodeClaims.length + 1)) {
    report('costPerHour', `is ${result.costPerHour}, its nodes cost ${cost}`);
  }
}
