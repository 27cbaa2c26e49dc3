import { isRecord, type JsonRecord, listOf, recordOf } from './json-value.ts';

/** Sets each field that is not there. */
export function fill(record: JsonRecord, defaults: JsonRecord): void {
  for (const [key, value] of Object.entries(defaults)) record[key] ??= value;
}

/** Fills in what a PodSpec leaves out, in a pod or a template. Changes `spec`. */
export function fillPodSpec(spec: JsonRecord): void {
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  for (const container of records(spec.containers)) fillContainer(container);
  for (const container of records(spec.initContainers)) fillContainer(container);
}

/** Fills in what admission adds to a pod, and not to a template. Changes `spec`. */
export function fillPodAdmission(spec: JsonRecord): void {
  fill(spec, {
    serviceAccountName: 'default',
    serviceAccount: 'default',
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
  });
  const tolerations = [...listOf(spec.tolerations)];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (!tolerations.some((toleration) => toleratesExecution(recordOf(toleration), key))) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: EVICTION_PATIENCE_SECONDS });
    }
  }
  spec.tolerations = tolerations;
}

/** How long a pod stays on a node that does not answer, unless it says otherwise. */
const EVICTION_PATIENCE_SECONDS = 300;

function toleratesExecution(toleration: JsonRecord, key: string): boolean {
  const sameKey = toleration.key === key || (toleration.key ?? '') === '';
  return sameKey && ((toleration.effect ?? '') === '' || toleration.effect === 'NoExecute');
}

function fillContainer(container: JsonRecord): void {
  fill(container, {
    imagePullPolicy: pullPolicy(typeof container.image === 'string' ? container.image : ''),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  });
  for (const port of records(container.ports)) fill(port, { protocol: 'TCP' });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isRecord(container[probe])) {
      fill(container[probe], { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    }
  }
  const resources = recordOf(container.resources);
  if (isRecord(resources.limits)) {
    // What is limited and not requested is requested up to its limit.
    const requests = recordOf(resources.requests);
    resources.requests = { ...resources.limits, ...requests };
  }
}

function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function records(value: unknown): readonly JsonRecord[] {
  return listOf(value).filter(isRecord);
}

/** Guaranteed, Burstable or BestEffort, from the requests and limits of the containers. */
export function qosClass(spec: JsonRecord): string {
  const containers = [...records(spec.containers), ...records(spec.initContainers)].map((container) =>
    recordOf(container.resources),
  );
  if (containers.every(({ requests, limits }) => empty(requests) && empty(limits))) return 'BestEffort';
  const guaranteed = containers.every(({ requests, limits }) =>
    ['cpu', 'memory'].every(
      (name) => recordOf(limits)[name] !== undefined && recordOf(limits)[name] === recordOf(requests)[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function empty(value: unknown): boolean {
  return Object.keys(recordOf(value)).length === 0;
}
