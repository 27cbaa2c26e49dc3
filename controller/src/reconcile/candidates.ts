import { DO_NOT_DISRUPT_ANNOTATION } from '../api/names.ts';
import type { Candidate, CandidatePod } from '../core/deprovisioning/candidate.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { KnownPod, MachineRecord } from '../state/records.ts';
import type { Nominations } from './nominations.ts';

/** A Machine as removal decisions see it; undefined when its Provisioner is gone, is going, or cannot be read: then others decide. */
export function candidateOf(
  state: ClusterState,
  { machine }: MachineRecord,
  nominations: Nominations,
  nowMs: number,
): Candidate | undefined {
  const decoded = state.provisioners.get(machine.provisionerName)?.decoded;
  if (decoded === undefined || decoded.deletionAtMs !== undefined) return undefined;
  const node = state.nodeByProviderId(machine.providerId ?? '')?.node;
  const empty = machine.conditions.get('MachineEmpty');
  const { ttlSecondsAfterEmpty, ttlSecondsUntilExpired, consolidationEnabled } = decoded;
  const deletedAtMs = machine.deletionAtMs ?? node?.deletionAtMs;
  return {
    machineName: machine.name,
    ...(node === undefined ? {} : { nodeName: node.name }),
    ...(ttlSecondsAfterEmpty === undefined ? {} : { ttlSecondsAfterEmpty }),
    ...(ttlSecondsUntilExpired === undefined ? {} : { ttlSecondsUntilExpired }),
    consolidationEnabled,
    createdAtMs: Math.min(machine.createdAtMs, node?.createdAtMs ?? machine.createdAtMs),
    initialized: machine.conditions.get('MachineInitialized')?.status === 'True' && node !== undefined,
    ...(deletedAtMs === undefined ? {} : { deletedAtMs }),
    ...(empty?.status === 'True' && empty.sinceMs !== undefined ? { emptySinceMs: empty.sinceMs } : {}),
    doNotDisrupt: node?.annotations[DO_NOT_DISRUPT_ANNOTATION] !== undefined,
    nominatedPods: nominations.nominatedPods([machine.name, node?.name], state, nowMs),
    pods: node === undefined ? [] : state.pods.on(node.name).map(candidatePod),
  };
}

function candidatePod(pod: KnownPod): CandidatePod {
  return {
    namespace: pod.demand.namespace,
    name: pod.demand.name,
    isDaemon: pod.isDaemon,
    isMirror: pod.isMirror,
    isTerminal: pod.isTerminal,
    isTerminating: pod.deletionAtMs !== undefined,
    doNotEvict: pod.doNotEvict,
  };
}
