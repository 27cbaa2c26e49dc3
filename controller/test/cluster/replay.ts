import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeManifest, PodManifest, Problem } from '../../bench/problem/problem-file.ts';
import type { Result } from '../../bench/problem/result-file.ts';
import { writeProblem } from '../../bench/problem/write-problem.ts';
import { nameOf } from '../../bench/validator/standing.ts';
import { executionOf } from '../../bench/validator/validate-plan.ts';
import { runPlan } from '../../src/cli/plan-command.ts';
import {
  addNodes,
  addPods,
  bindInOrder,
  clear,
  type Ground,
  type Outcome,
  untilJudged,
  untilSettled,
} from './replay-ground.ts';
import { daemonPods, joiningNodes } from './replay-objects.ts';

/** Where a pod was planned to be and where the scheduler put it, or why it did not. */
export interface Misplacement {
  readonly pod: string;
  readonly planned: string;
  readonly found: string;
}

/**
 * Has the real scheduler bind the pods of our plan to their planned nodes, in an order in which that should be possible; returns the pods
 * that are elsewhere. All planned nodes are Ready before the first pod.
 */
export async function replayAsPlanned(ground: Ground, problem: Problem): Promise<readonly Misplacement[]> {
  try {
    await furnish(ground, problem);
    const result = planOf(problem);
    const execution = executionOf(problem, result);
    const nodes = joiningNodes(execution, prefixOf(problem, 1));
    await receive(ground, problem, nodes);
    const nameByPath = new Map<string, string>([
      ...nodes.map(({ metadata }, index) => [`newNodeClaims[${index}]`, metadata.name] as const),
      ...(result.existingNodes ?? []).map(({ name }, index) => [`existingNodes[${index}]`, name] as const),
    ]);
    const placed = execution.bindings.map(({ pod, node }) => ({
      pod,
      nodeName: nameByPath.get(node.path) ?? node.path,
    }));
    await bindInOrder(ground, placed);
    const { nodeNames, pending } = await untilSettled(ground);
    return placed.flatMap(({ pod, nodeName }) => {
      const name = nameOf(pod);
      const found = nodeNames.get(name) ?? pending[name] ?? 'it is gone';
      return found === nodeName ? [] : [{ pod: name, planned: nodeName, found }];
    });
  } finally {
    await clear(ground);
  }
}

/** One plan and what the scheduler made of it. */
export interface Round {
  readonly pods: number;
  readonly nodes: number;
  readonly costPerHour: number;
  /** Pods that have no node although the plan had one for them. */
  readonly pending: Outcome['pending'];
}

/**
 * Lets the real scheduler bind the pods as it likes: first those that it has a node for already, then, when the planned nodes are Ready, the
 * others. It takes them in its own order and prefers the emptiest node, so it may use up room that was meant for another; who is left then
 * is planned for again, as the controller does, at most `roundsMax` times in all.
 */
export async function replayFreely(ground: Ground, problem: Problem, roundsMax: number): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  try {
    await furnish(ground, problem);
    let now = placeable(problem);
    await addPods(ground, waiting(now));
    now = afterwards(now, [], [], await untilJudged(ground));
    for (let round = 1; round <= roundsMax; round++) {
      const result = planOf(now);
      const placed = placedBy(result);
      const nodes = joiningNodes(executionOf(now, result), prefixOf(problem, round));
      const daemons = await receive(ground, problem, nodes);
      const { nodeNames, pending: all } = await untilSettled(ground);
      const pending = Object.fromEntries(Object.entries(all).filter(([name]) => placed.has(name)));
      rounds.push({ pods: placed.size, nodes: nodes.length, costPerHour: result.costPerHour, pending });
      if (Object.keys(pending).length === 0) break;
      now = afterwards(now, [...nodes], daemons, nodeNames);
    }
    return rounds;
  } finally {
    await clear(ground);
  }
}

/** The problem without the pods for which nothing can be done. */
function placeable(problem: Problem): Problem {
  const placed = placedBy(planOf(problem));
  return { ...problem, pods: (problem.pods ?? []).filter((pod) => isBound(pod) || placed.has(nameOf(pod))) };
}

function placedBy({ newNodeClaims = [], existingNodes = [] }: Result): ReadonlySet<string> {
  return new Set([...newNodeClaims, ...existingNodes].flatMap(({ pods = [] }) => pods));
}

/** The cluster as the controller sees it next. */
function afterwards(
  { nodes = [], pods = [], ...rest }: Problem,
  joined: readonly NodeManifest[],
  daemons: readonly PodManifest[],
  nodeNames: Outcome['nodeNames'],
): Problem {
  const settled = pods.map((pod): PodManifest => {
    const nodeName = nodeNames.get(nameOf(pod));
    return nodeName === undefined ? pod : { ...pod, spec: { ...pod.spec, nodeName }, status: { phase: 'Running' } };
  });
  return { ...rest, nodes: [...nodes, ...joined], pods: [...settled, ...daemons] };
}

/** What is there before the plan. */
async function furnish(ground: Ground, { nodes = [], pods = [] }: Problem): Promise<void> {
  await addNodes(ground, nodes);
  await addPods(ground, pods.filter(isBound));
}

/** Makes the nodes Ready with their daemons on them; returns the daemons. */
async function receive(
  ground: Ground,
  problem: Problem,
  nodes: readonly NodeManifest[],
): Promise<readonly PodManifest[]> {
  const daemons = nodes.flatMap((node) => daemonPods(problem, node));
  // A pod is bound to a node that comes later, and counts as soon as it does.
  await addPods(ground, daemons);
  await addNodes(ground, nodes);
  return daemons;
}

/** Our plan, by the command that plans without a cluster. */
export function planOf(problem: Problem): Result {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-replay-'));
  try {
    let [out, err] = ['', ''];
    const code = runPlan(['-f', writeProblem(folder, problem), '-o', 'json', '--detail', 'full'], {
      out: (text) => (out += text),
      err: (text) => (err += text),
      hasColours: false,
    });
    if (code !== 0) throw new Error(`plan ended with ${code}:\n${err}`);
    return JSON.parse(out) as Result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prefixOf({ name }: Problem, round: number): string {
  return `${name.toLowerCase()}-${round}`;
}

function isBound({ spec }: PodManifest): boolean {
  return spec.nodeName !== undefined;
}

function waiting({ pods = [] }: Problem): readonly PodManifest[] {
  return pods.filter((pod) => !isBound(pod));
}
