import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../src/api/meta.ts';
import { startStopwatch } from '../../src/cli/measures.ts';
import type { Problem } from '../../src/cli/problem.ts';
import { snapshotOfProblem } from '../../src/cli/problem-snapshot.ts';
import { readProblem } from '../../src/cli/read-problem.ts';
import { formatResources } from '../../src/core/resources.ts';
import type { PlannedNode } from '../../src/core/scheduling/plan.ts';
import { solve } from '../../src/core/scheduling/solve.ts';
import { pendingDemandOf } from '../../src/state/snapshot.ts';
import type { PodManifest, TypeRecord } from '../problem/problem-file.ts';
import { type Workload, writeWorkload } from '../problem/write-problem.ts';
import { nodeManifest } from '../workloads/node-manifest.ts';
import { gapOf, type LowerBound, lowerBound } from './lower-bound.ts';

/** Never reached: an unlimited plan. */
const FIT_CHECKS_MAX = Number.MAX_SAFE_INTEGER;
const NANO_PER_USD = 1_000_000_000;

/** A workload whose pods came in batches to one cluster, in one process, as to a controller. */
export interface ArrivalReport {
  readonly workload: string;
  readonly seed: number;
  readonly batchPods: number;
  readonly batches: number;
  /** Of one batch, from its pods' objects to its plan: reading them, the snapshot, the solve. */
  readonly batchMs: { readonly p50: number; readonly p95: number; readonly max: number };
  /** Of all batches together. */
  readonly cpuMs: number;
  readonly nodes: number;
  readonly unscheduled: number;
  readonly costPerHour: number;
  /** For all pods at once. */
  readonly lowerBound: LowerBound | undefined;
  readonly gap: number | undefined;
}

/** Lets the workload's pods arrive in batches of so many. After each plan its nodes are there and its pods run on them. */
export function benchArrivals(workload: Workload, batchPods: number): ArrivalReport {
  const cluster = new ArrivalCluster(workload);
  const pods = [...workload.pods];
  const laps = [];
  for (let first = 0; first < pods.length; first += batchPods) {
    laps.push(cluster.take(pods.slice(first, first + batchPods)));
  }
  const walls = laps.map(({ wallMs }) => wallMs).sort((left, right) => left - right);
  const at = (part: number): number => walls[Math.min(walls.length - 1, Math.floor(part * walls.length))] ?? 0;
  const bound =
    cluster.unscheduled === 0
      ? lowerBound({ ...workload.problem, instanceTypes: workload.types.records, pods })
      : undefined;
  return {
    workload: workload.problem.name,
    seed: workload.problem.seed ?? 0,
    batchPods,
    batches: laps.length,
    batchMs: { p50: at(0.5), p95: at(0.95), max: at(1) },
    cpuMs: laps.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    nodes: cluster.nodes,
    unscheduled: cluster.unscheduled,
    costPerHour: cluster.costPerHour,
    lowerBound: bound,
    gap: gapOf(cluster.costPerHour, bound),
  };
}

/** A cluster that gets what each plan buys. */
class ArrivalCluster {
  readonly #problem: Problem;
  readonly #types: ReadonlyMap<string, TypeRecord>;
  /** By UID, of those without a place. */
  readonly #waiting = new Map<string, PodManifest>();
  #nodes = 0;
  #costNanoUsd = 0;

  constructor({ problem, types }: Workload) {
    this.#types = new Map(types.records.map((type) => [type.name, type]));
    const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
    try {
      const read = readProblem([writeWorkload(folder, { problem, types, pods: [] })]);
      if (!('state' in read)) throw new Error(read.join('\n'));
      this.#problem = read;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  get nodes(): number {
    return this.#nodes;
  }

  get unscheduled(): number {
    return this.#waiting.size;
  }

  get costPerHour(): number {
    return this.#costNanoUsd / NANO_PER_USD;
  }

  /** Plans for these pods and those still waiting, and carries the plan out; returns what planning took. */
  take(pods: readonly PodManifest[]): ReturnType<ReturnType<typeof startStopwatch>> {
    const { state, instanceTypes } = this.#problem;
    const planning = startStopwatch();
    for (const pod of pods) this.#put(pod);
    const { wellKnownLabels } = instanceTypes;
    const options = { wellKnownLabels, fitChecksMax: FIT_CHECKS_MAX };
    const plan = solve(snapshotOfProblem(this.#problem), pendingDemandOf(state), options);
    const lap = planning();
    for (const pod of pods) this.#waiting.set(pod.metadata.uid ?? '', pod);
    for (const { podUid, nodeName } of plan.placements) this.#bind(podUid, nodeName);
    for (const node of plan.nodes) this.#buy(node);
    return lap;
  }

  #buy({ options: [cheapest], podUids, provisionerName }: PlannedNode): void {
    const type = this.#types.get(cheapest?.instanceType ?? '');
    if (cheapest === undefined || type === undefined) throw new Error('a planned node has no option');
    this.#nodes += 1;
    this.#costNanoUsd += cheapest.priceNanoUsdPerHour;
    const name = `bought-${this.#nodes}`;
    const { zone, capacityType } = cheapest;
    const known = this.#problem.instanceTypes.types.find((each) => each.name === type.name);
    const allocatable = formatResources(known?.allocatable ?? {});
    const providerId = `aws:///${zone}/${name}`;
    const object = nodeManifest({ name, type, zone, capacityType, provisionerName, providerId, allocatable });
    this.#problem.state.apply({ type: 'changed', kind: 'Node', object: { ...object } });
    for (const uid of podUids) this.#bind(uid, name);
  }

  #bind(uid: string, nodeName: string): void {
    const pod = this.#waiting.get(uid);
    if (pod === undefined) throw new Error(`nobody waits as ${uid}`);
    this.#waiting.delete(uid);
    this.#put({ ...pod, spec: { ...pod.spec, nodeName }, status: { phase: 'Running' } });
  }

  #put(pod: PodManifest): void {
    this.#problem.state.apply({ type: 'changed', kind: 'Pod', object: pod as unknown as KubeObject });
  }
}

/** The report as a table for people. */
export function formatArrivalReport(report: ArrivalReport): string {
  const row = (name: string, value: string): string => `${name.padEnd(40)}${value.padStart(14)}`;
  const { batchMs, lowerBound: bound, gap } = report;
  return [
    `${report.workload}, seed ${report.seed}, ${report.batches} batches of ${report.batchPods}, one process`,
    row('one batch, ms, median', batchMs.p50.toFixed(1)),
    row('one batch, ms, 95th percentile', batchMs.p95.toFixed(1)),
    row('one batch, ms, longest', batchMs.max.toFixed(1)),
    row('all batches, ms of CPU', report.cpuMs.toFixed(0)),
    row('nodes', `${report.nodes}`),
    row('pods without a place', `${report.unscheduled}`),
    row('cost, $/h', report.costPerHour.toFixed(4)),
    row(
      bound === undefined ? 'lower bound, $/h' : `lower bound (${bound.kind}), $/h`,
      bound?.perHour.toFixed(4) ?? 'none',
    ),
    row('above the bound', gap === undefined ? 'unknown' : `${(100 * gap).toFixed(1)} %`),
  ].join('\n');
}
