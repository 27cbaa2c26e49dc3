import type { KubeObject } from '../../src/api/meta.ts';
import {
  ageColumn,
  conditionOf,
  containerColumns,
  count,
  mapText,
  nameColumn,
  selectorColumn,
  text,
} from './columns.ts';
import { humanAge } from './human-age.ts';
import { valueAt } from './json-value.ts';
import type { Column } from './served-kind.ts';

const readyOfWanted: Column = text(
  'Ready',
  (object) => `${valueAt(object.status, 'readyReplicas') ?? 0}/${valueAt(object.spec, 'replicas') ?? 1}`,
);

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  readyOfWanted,
  count('Up-to-date', 'status', 'updatedReplicas'),
  count('Available', 'status', 'availableReplicas'),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', 'spec', 'replicas'),
  count('Current', 'status', 'replicas'),
  count('Ready', 'status', 'readyReplicas'),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

export const statefulSetColumns: readonly Column[] = [nameColumn, readyOfWanted, ageColumn, ...containerColumns];

export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', 'status', 'desiredNumberScheduled'),
  count('Current', 'status', 'currentNumberScheduled'),
  count('Ready', 'status', 'numberReady'),
  count('Up-to-date', 'status', 'updatedNumberScheduled'),
  count('Available', 'status', 'numberAvailable'),
  text('Node Selector', (object) => mapText(valueAt(object.spec, 'template', 'spec', 'nodeSelector'))),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

export const jobColumns: readonly Column[] = [
  nameColumn,
  text('Status', jobStatus),
  text('Completions', (job) => `${valueAt(job.status, 'succeeded') ?? 0}/${valueAt(job.spec, 'completions') ?? 1}`),
  text('Duration', jobDuration),
  ageColumn,
  ...containerColumns,
  selectorColumn,
];

export const budgetColumns: readonly Column[] = [
  nameColumn,
  text('Min Available', (budget) => valueAt(budget.spec, 'minAvailable') ?? 'N/A'),
  text('Max Unavailable', (budget) => valueAt(budget.spec, 'maxUnavailable') ?? 'N/A'),
  count('Allowed Disruptions', 'status', 'disruptionsAllowed'),
  ageColumn,
];

function jobStatus(job: KubeObject): string {
  if (conditionOf(job, 'Complete')?.status === 'True') return 'Complete';
  if (conditionOf(job, 'Failed')?.status === 'True') return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return conditionOf(job, 'Suspended')?.status === 'True' ? 'Suspended' : 'Running';
}

function jobDuration(job: KubeObject, nowMs: number): string {
  const started = valueAt(job.status, 'startTime');
  if (typeof started !== 'string') return '';
  const ended = valueAt(job.status, 'completionTime');
  return humanAge((typeof ended === 'string' ? Date.parse(ended) : nowMs) - Date.parse(started));
}
