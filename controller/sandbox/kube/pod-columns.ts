import type { KubeObject } from '../../src/api/meta.ts';
import { age, ageColumn, nameColumn, text } from './columns.ts';
import { isRecord, type JsonRecord, listOf, recordOf, valueAt } from './json-value.ts';
import type { Column } from './served-kind.ts';

export const podColumns: readonly Column[] = [
  nameColumn,
  text('Ready', (pod) => {
    const total = listOf(valueAt(pod.spec, 'containers')).length;
    return `${containerStatuses(pod).filter((status) => status.ready === true).length}/${total}`;
  }),
  text('Status', podStatus),
  text('Restarts', restarts),
  ageColumn,
  text('IP', (pod) => valueAt(pod.status, 'podIP'), 'wide'),
  text('Node', (pod) => valueAt(pod.spec, 'nodeName'), 'wide'),
  text('Nominated Node', (pod) => valueAt(pod.status, 'nominatedNodeName'), 'wide'),
  text('Readiness Gates', () => undefined, 'wide'),
];

function containerStatuses(pod: KubeObject): JsonRecord[] {
  return listOf(valueAt(pod.status, 'containerStatuses')).filter(isRecord);
}

/** The one word that kubectl has for a pod: its phase, unless something more telling is known. */
function podStatus(pod: KubeObject): string {
  const status = recordOf(pod.status);
  const reason = status.reason ?? containerReason(pod) ?? gateReason(pod) ?? status.phase ?? 'Unknown';
  if (pod.metadata.deletionTimestamp === undefined) return String(reason);
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? String(reason) : 'Terminating';
}

function gateReason(pod: KubeObject): string | undefined {
  const gated = listOf(valueAt(pod.status, 'conditions')).some(
    (condition) => valueAt(condition, 'reason') === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : undefined;
}

function containerReason(pod: KubeObject): string | undefined {
  for (const container of containerStatuses(pod)) {
    const waiting = valueAt(container.state, 'waiting', 'reason');
    if (typeof waiting === 'string' && waiting !== '') return waiting;
    const ended = recordOf(valueAt(container.state, 'terminated'));
    if (typeof ended.reason === 'string' && ended.reason !== '') return ended.reason;
    if (ended.exitCode !== undefined) return `ExitCode:${ended.exitCode}`;
  }
  return undefined;
}

function restarts(pod: KubeObject, nowMs: number): string {
  const statuses = containerStatuses(pod);
  const total = statuses.reduce(
    (sum, status) => sum + (typeof status.restartCount === 'number' ? status.restartCount : 0),
    0,
  );
  const ends = statuses
    .map((status) => valueAt(status.lastState, 'terminated', 'finishedAt'))
    .filter((at) => typeof at === 'string');
  const last = ends.sort().at(-1);
  return total > 0 && last !== undefined ? `${total} (${age(last, nowMs)} ago)` : String(total);
}
