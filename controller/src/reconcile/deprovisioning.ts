import type { Candidate } from '../core/deprovisioning/candidate.ts';
import type { Blocked, Command } from '../core/deprovisioning/command.ts';
import { decide } from '../core/deprovisioning/decide.ts';
import { candidateOf } from './candidates.ts';
import type { LoopContext } from './context.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { Nominations } from './nominations.ts';
import type { Again } from './work-queue.ts';

/** How often a Machine is told what keeps it from being removed (ms); upstream's dedupe time. */
const BLOCKED_REPORT_MS = 2 * 60_000;

/** Nodes whose pods are asked for at once. */
const LOOKS_MAX = 20;

/** Removes nodes that are empty or expired. One pass at a time; each takes at most one command. */
export class Deprovisioning {
  readonly #context: LoopContext;
  readonly #nominations: Nominations;
  readonly #told = new Map<string, { readonly message: string; readonly atMs: number }>();

  constructor(context: LoopContext, nominations: Nominations) {
    this.#context = context;
    this.#nominations = nominations;
  }

  async pass(): Promise<Again> {
    const { state, clock } = this.#context;
    const nowMs = clock.nowMs();
    const decision = decide(this.#candidates(nowMs), nowMs);
    for (const blocked of decision.blocked) this.#tellBlocked(blocked, nowMs);
    for (const name of this.#told.keys()) if (!state.machines.has(name)) this.#told.delete(name);
    if (decision.command !== undefined) {
      const confirmed = await this.#confirmed(decision.command);
      if (confirmed !== undefined) await this.#execute(confirmed);
      return { afterMs: 0 };
    }
    return decision.nextCheckMs === undefined ? {} : { afterMs: Math.max(0, decision.nextCheckMs - nowMs) };
  }

  #candidates(nowMs: number): readonly Candidate[] {
    const { state } = this.#context;
    return [...state.machines.values()]
      .map((record) => candidateOf(state, record, this.#nominations, nowMs))
      .filter((candidate) => candidate !== undefined);
  }

  /**
   * What of a command holds when it is decided again on the pods that the API has on its nodes now: pods that a silent watch has not shown
   * are never lost by it. Undefined when nothing holds; then the state knows the pods, and the next decision is another.
   */
  async #confirmed(command: Command): Promise<Command | undefined> {
    const { state, kube, clock } = this.#context;
    const nodeNames = command.machineNames.map((name) => {
      return state.nodeByProviderId(state.machines.get(name)?.machine.providerId ?? '')?.node.name;
    });
    for (let start = 0; start < nodeNames.length; start += LOOKS_MAX) {
      const looks = nodeNames.slice(start, start + LOOKS_MAX).map(async (name) => name && kube.podsOn(name));
      await Promise.all(looks);
    }
    const nowMs = clock.nowMs();
    const again = decide(this.#candidates(nowMs), nowMs).command;
    const machineNames = command.machineNames.filter((name) => again?.machineNames.includes(name));
    return again === undefined || machineNames.length === 0 ? undefined : { ...again, machineNames };
  }

  async #execute(command: Command): Promise<void> {
    const { state, reporter } = this.#context;
    for (const name of command.machineNames) {
      const record = state.machines.get(name);
      if (record === undefined) continue;
      await deleteMachine(this.#context, record.object);
      const node = state.nodeByProviderId(record.machine.providerId ?? '');
      const provisioner = record.machine.provisionerName;
      reporter.report('deprovisioning', {
        code: 'DeprovisioningTerminating',
        message: `removing ${node?.node.name ?? name}: ${command.because[name]}`,
        about: [
          { kind: 'Machine' as const, metadata: record.object.metadata },
          ...(node === undefined ? [] : [{ kind: 'Node' as const, metadata: node.metadata }]),
        ],
        fields: { machine: name, node: node?.node.name, reason: command.reason },
        labels: { reason: `${command.reason}/delete`, provisioner },
      });
      this.#context.telemetry.count('karpenter_deprovisioning_actions_performed', {
        action: 'delete',
        deprovisioner: command.reason,
      });
    }
  }

  #tellBlocked(blocked: Blocked, nowMs: number): void {
    const last = this.#told.get(blocked.machineName);
    if (last?.message === blocked.message && nowMs - last.atMs < BLOCKED_REPORT_MS) return;
    this.#told.set(blocked.machineName, { message: blocked.message, atMs: nowMs });
    const record = this.#context.state.machines.get(blocked.machineName);
    if (record === undefined) return;
    this.#context.reporter.report('deprovisioning', {
      code: 'DeprovisioningBlocked',
      message: `cannot be removed for ${blocked.reason}: ${blocked.message}`,
      about: [{ kind: 'Machine', metadata: record.object.metadata }],
      fields: { machine: blocked.machineName, blocked: blocked.code },
    });
  }
}
