import type { Container, KubeCondition, Pod } from '../kube/built-in-kinds.ts';
import { timestamp } from '../kube/timestamp.ts';
import { hash32 } from '../seeded-random.ts';
import { withCondition } from './conditions.ts';

type StatusPatch = Readonly<Record<string, unknown>>;

/** The status of a pod whose containers are being made. */
export function creatingStatus(pod: Pod, hostIp: string, nowMs: number): StatusPatch {
  return {
    phase: 'Pending',
    hostIP: hostIp,
    startTime: timestamp(nowMs),
    qosClass: pod.status?.['qosClass'] ?? qosClass(pod),
    conditions: podConditions(pod, { isReady: false, reason: 'ContainersNotReady' }, nowMs),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, pod, { waiting: { reason: 'ContainerCreating' } }),
    ),
  };
}

/** The status of a pod that runs and is ready. */
export function runningStatus(pod: Pod, podIp: string, nowMs: number): StatusPatch {
  const state = { running: { startedAt: timestamp(nowMs) } };
  return {
    phase: 'Running',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    conditions: podConditions(pod, { isReady: true }, nowMs),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, pod, state)),
  };
}

/** The status of a pod whose containers have all ended well. */
export function completedStatus(pod: Pod, nowMs: number): StatusPatch {
  const startedAt = pod.status?.startTime ?? timestamp(nowMs);
  const state = { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: timestamp(nowMs) } };
  return {
    phase: 'Succeeded',
    conditions: podConditions(pod, { isReady: false, reason: 'PodCompleted' }, nowMs),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, pod, state)),
  };
}

function podConditions(
  pod: Pod,
  { isReady, reason }: { isReady: boolean; reason?: string },
  nowMs: number,
): readonly KubeCondition[] {
  const status = isReady ? 'True' : 'False';
  const ready = reason === undefined ? { status } : { status, reason };
  let conditions = withCondition(pod.status?.conditions, { type: 'PodScheduled', status: 'True' }, nowMs);
  conditions = withCondition(conditions, { type: 'Initialized', status: 'True' }, nowMs);
  conditions = withCondition(conditions, { type: 'ContainersReady', ...ready }, nowMs);
  return withCondition(conditions, { type: 'Ready', ...ready }, nowMs);
}

function containerStatus(
  { name, image = '' }: Container,
  pod: Pod,
  state: Readonly<Record<string, unknown>>,
): StatusPatch {
  const isRunning = 'running' in state;
  const isCreated = !('waiting' in state);
  return {
    name,
    image,
    imageID: isCreated ? image : '',
    containerID: isCreated ? `containerd://${hash32(`${pod.metadata.uid}/${name}`).toString(16).padStart(8, '0')}` : '',
    ready: isRunning,
    started: isRunning,
    restartCount: 0,
    state,
    lastState: {},
  };
}

/** Kubernetes' class of service: Guaranteed when every container's cpu and memory limits equal its requests. */
function qosClass(pod: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const amounts = all.flatMap(({ resources }) => [
    ...Object.keys(resources?.requests ?? {}),
    ...Object.keys(resources?.limits ?? {}),
  ]);
  if (!amounts.some((name) => name === 'cpu' || name === 'memory')) return 'BestEffort';
  const isGuaranteed = ({ resources }: Container): boolean =>
    ['cpu', 'memory'].every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
    });
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}
