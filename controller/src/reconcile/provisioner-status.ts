import { PROVISIONER_HASH_ANNOTATION } from '../api/names.ts';
import type { Provisioner, ProvisionerStatus, StatusCondition } from '../api/provisioner.gen.ts';
import { addResources, formatResources, NO_RESOURCES, type Resources, withoutZeros } from '../core/resources.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { MachineRecord, ProvisionerRecord } from '../state/records.ts';
import { isoSeconds, type Statement, withStatements } from './conditions.ts';
import { joinsFailingMessage } from './join-pace.ts';
import { PAUSED_MESSAGE } from './pause.ts';
import type { Verdict } from './provisioner-catalogue.ts';

/** A status to write. */
export interface StatusChange {
  readonly status: ProvisionerStatus;
  /** True when nothing changes but how many nodes are ready: that may wait a little. */
  readonly onlyReadyCount: boolean;
}

/**
 * The status a Provisioner should have, or undefined when it has it already. Shaped for kstatus: `Reconciling` speaks of this spec
 * only, never of scale-up, or every burst would hold up a sync; `Stalled` is for what only a human can mend.
 */
export function provisionerStatus(
  state: ClusterState,
  { object: provisioner, decoded }: ProvisionerRecord,
  verdict: Verdict,
  {
    nowMs,
    launchesPaused,
    joinsFail,
  }: { readonly nowMs: number; readonly launchesPaused: boolean; readonly joinsFail: boolean },
): StatusChange | undefined {
  const machines = state.machinesOf(provisioner.metadata.name);
  const staying = machines.filter(({ machine }) => machine.deletionAtMs === undefined);
  const { generation } = provisioner.metadata;
  const old = provisioner.status ?? {};
  const usage = capacityOf(staying);
  const conditions = withStatements(
    old.conditions ?? [],
    [
      ...statementsOf(verdict),
      limitsStatement(decoded?.template.limits ?? {}, usage),
      ...pauseStatements(old.conditions ?? [], launchesPaused),
      ...joinStatements(provisioner, joinsFail),
    ],
    { nowMs, generation },
  );
  const counts = countsOf(state, provisioner, staying);
  const resources = formatResources(withoutZeros(usage));
  const changed = (Object.keys(counts) as (keyof typeof counts)[]).filter((key) => old[key] !== counts[key]);
  const isElseSame =
    conditions === old.conditions &&
    old.observedGeneration === generation &&
    JSON.stringify(sorted(old.resources ?? {})) === JSON.stringify(sorted(resources)) &&
    changed.every((key) => key === 'ready');
  if (isElseSame && changed.length === 0) return undefined;
  const hasScaled = old.nodes !== undefined && old.nodes !== counts.nodes;
  const status = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...counts,
    // A merge patch keeps what it does not name: resources that are no more are named as null.
    resources: { ...nulls(old.resources ?? {}), ...resources },
    ...(hasScaled ? { lastScaleTime: isoSeconds(nowMs) } : {}),
    conditions: [...conditions],
  };
  return { status, onlyReadyCount: isElseSame };
}

function statementsOf(verdict: Verdict): readonly Statement[] {
  switch (verdict.kind) {
    case 'ready':
      return [
        { type: 'Ready', status: 'True', reason: 'Resolved', message: 'AWS has what the spec asks for' },
        { type: 'Reconciling', status: 'False', reason: 'Resolved' },
        { type: 'Stalled', status: 'False', reason: 'Resolved' },
      ];
    case 'stalled':
      return [
        { type: 'Ready', status: 'False', reason: verdict.code, message: verdict.message },
        { type: 'Reconciling', status: 'False', reason: verdict.code },
        { type: 'Stalled', status: 'True', reason: verdict.code, message: verdict.message },
      ];
    case 'unknown':
      return [
        { type: 'Ready', status: 'Unknown', reason: 'Resolving', message: verdict.message },
        { type: 'Reconciling', status: 'True', reason: 'Resolving', message: verdict.message },
        { type: 'Stalled', status: 'False', reason: 'Resolving' },
      ];
  }
}

/** Full limits are normal operation, not a fault of the spec: a condition of their own. */
function limitsStatement(limits: Resources, usage: Resources): Statement {
  const reached = Object.keys(limits)
    .filter((name) => (usage[name] ?? 0) >= (limits[name] as number))
    .sort();
  if (reached.length === 0) return { type: 'LimitsReached', status: 'False', reason: 'WithinLimits' };
  return { type: 'LimitsReached', status: 'True', reason: 'LimitsReached', message: `full: ${reached.join(', ')}` };
}

/** A pause is somebody's wish, no fault either: a condition of its own, which a Provisioner that never was paused does without. */
function pauseStatements(old: readonly StatusCondition[], launchesPaused: boolean): readonly Statement[] {
  if (launchesPaused)
    return [{ type: 'LaunchesPaused', status: 'True', reason: 'LaunchesPaused', message: PAUSED_MESSAGE }];
  return old.some(({ type }) => type === 'LaunchesPaused')
    ? [{ type: 'LaunchesPaused', status: 'False', reason: 'NotPaused' }]
    : [];
}

/** Whether nodes do not join; of this too a Provisioner that never saw it is silent. Found in AWS or in the cluster, it is no fault of this spec. */
function joinStatements({ metadata, status }: Provisioner, joinsFail: boolean): readonly Statement[] {
  if (joinsFail) {
    const message = joinsFailingMessage(metadata.name);
    return [{ type: 'JoinsFailing', status: 'True', reason: 'JoinsFailing', message }];
  }
  return (status?.conditions ?? []).some(({ type }) => type === 'JoinsFailing')
    ? [{ type: 'JoinsFailing', status: 'False', reason: 'NodeJoined' }]
    : [];
}

/** True when a status says that the Provisioner's nodes do not join. */
export function saysJoinsFail(status: ProvisionerStatus | undefined): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'JoinsFailing' && is === 'True') ?? false;
}

function countsOf(state: ClusterState, provisioner: Provisioner, machines: readonly MachineRecord[]) {
  const hash = provisioner.metadata.annotations?.[PROVISIONER_HASH_ANNOTATION];
  const isReady = ({ machine }: MachineRecord) =>
    machine.conditions.get('MachineInitialized')?.status === 'True' &&
    state.nodeByProviderId(machine.providerId ?? '')?.node.isReady === true;
  const isFailed = ({ machine }: MachineRecord) => machine.conditions.get('MachineLaunched')?.status === 'False';
  const isUpdated = ({ object }: MachineRecord) => object.metadata.annotations?.[PROVISIONER_HASH_ANNOTATION] === hash;
  return {
    nodes: machines.length,
    ready: machines.filter(isReady).length,
    updated: machines.filter(isUpdated).length,
    failed: machines.filter(isFailed).length,
  };
}

function capacityOf(machines: readonly MachineRecord[]): Resources {
  return machines.reduce<Resources>((sum, { machine }) => addResources(sum, machine.capacity), NO_RESOURCES);
}

function nulls(record: Readonly<Record<string, unknown>>): Record<string, never> {
  return Object.fromEntries(Object.keys(record).map((key) => [key, null])) as unknown as Record<string, never>;
}

function sorted(record: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(record)
    .map(([key, value]): [string, string] => [key, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
