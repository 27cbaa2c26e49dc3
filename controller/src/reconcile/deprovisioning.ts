import type { Blocked, Command } from '../core/deprovisioning/command.ts';
import { decide } from '../core/deprovisioning/decide.ts';
import { candidateOf } from './candidates.ts';
import type { LoopContext } from './context.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { Nominations } from './nominations.ts';
import type { Again } from './work-queue.ts';

/** How often a Machine is told what keeps it from being removed (ms); upstream's dedupe time. */
const BLOCKED_REPORT_MS = 2 * 60_000;

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
    if (!state.isSynced()) return { afterMs: 100 };
    const nowMs = clock.nowMs();
    const candidates = [...state.machines.values()]
      .map((record) => candidateOf(state, record, this.#nominations, nowMs))
      .filter((candidate) => candidate !== undefined);
    const decision = decide(candidates, nowMs);
    for (const blocked of decision.blocked) this.#tellBlocked(blocked, nowMs);
    for (const name of this.#told.keys()) if (!state.machines.has(name)) this.#told.delete(name);
    if (decision.command !== undefined) {
      await this.#execute(decision.command);
      return { afterMs: 0 };
    }
    return decision.nextCheckMs === undefined ? {} : { afterMs: Math.max(0, decision.nextCheckMs - nowMs) };
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
