import type { KubeObject } from '../../src/api/meta.ts';
import { decodeModel } from './built-in-decoding.ts';
import { fillBuiltInDefaults } from './built-in-defaults.ts';
import { builtInProblems } from './built-in-validation.ts';
import * as cluster from './cluster-columns.ts';
import { nodeColumns } from './node-columns.ts';
import { podColumns } from './pod-columns.ts';
import type { Column, KindRules, ServedKind } from './served-kind.ts';
import * as workload from './workload-columns.ts';

interface BuiltInKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly scope: 'cluster' | 'namespace';
  readonly status?: boolean;
  readonly scale?: boolean;
  readonly generations?: boolean;
  /** Shown by `kubectl get all`. */
  readonly all?: boolean;
  readonly fields?: readonly string[];
  readonly columns: readonly Column[];
  /** Name of its type in the client library; `V1<kind>` unless given. */
  readonly model?: string;
}

const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];
const EVENT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
  (field) => `involvedObject.${field}`,
);

const table: readonly BuiltInKind[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    short: ['ns'],
    scope: 'cluster',
    status: true,
    fields: ['status.phase'],
    columns: cluster.namespaceColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    plural: 'nodes',
    short: ['no'],
    scope: 'cluster',
    status: true,
    fields: ['spec.unschedulable'],
    columns: nodeColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    plural: 'pods',
    short: ['po'],
    scope: 'namespace',
    status: true,
    all: true,
    fields: POD_FIELDS,
    columns: podColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    short: ['svc'],
    scope: 'namespace',
    status: true,
    all: true,
    fields: ['spec.clusterIP', 'spec.type'],
    columns: cluster.serviceColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    plural: 'endpoints',
    short: ['ep'],
    scope: 'namespace',
    columns: cluster.endpointsColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    short: ['sa'],
    scope: 'namespace',
    columns: cluster.serviceAccountColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    short: ['cm'],
    scope: 'namespace',
    columns: cluster.configMapColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    scope: 'namespace',
    fields: ['type'],
    columns: cluster.secretColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    plural: 'events',
    short: ['ev'],
    scope: 'namespace',
    fields: [...EVENT_FIELDS, 'reason', 'reportingComponent', 'source', 'type'],
    columns: cluster.eventColumns,
    model: 'CoreV1Event',
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    plural: 'persistentvolumes',
    short: ['pv'],
    scope: 'cluster',
    status: true,
    columns: cluster.volumeColumns,
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    short: ['pvc'],
    scope: 'namespace',
    status: true,
    columns: cluster.claimColumns,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    plural: 'deployments',
    short: ['deploy'],
    scope: 'namespace',
    status: true,
    scale: true,
    generations: true,
    all: true,
    columns: workload.deploymentColumns,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    short: ['rs'],
    scope: 'namespace',
    status: true,
    scale: true,
    generations: true,
    all: true,
    columns: workload.replicaSetColumns,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    short: ['ds'],
    scope: 'namespace',
    status: true,
    generations: true,
    all: true,
    columns: workload.daemonSetColumns,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    short: ['sts'],
    scope: 'namespace',
    status: true,
    scale: true,
    generations: true,
    all: true,
    columns: workload.statefulSetColumns,
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    plural: 'jobs',
    scope: 'namespace',
    status: true,
    generations: true,
    all: true,
    fields: ['status.successful'],
    columns: workload.jobColumns,
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    short: ['pdb'],
    scope: 'namespace',
    status: true,
    generations: true,
    columns: workload.budgetColumns,
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    plural: 'leases',
    scope: 'namespace',
    columns: cluster.leaseColumns,
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    short: ['pc'],
    scope: 'cluster',
    generations: true,
    columns: cluster.priorityClassColumns,
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    plural: 'storageclasses',
    short: ['sc'],
    scope: 'cluster',
    columns: cluster.storageClassColumns,
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    plural: 'csinodes',
    scope: 'cluster',
    columns: cluster.csiNodeColumns,
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    short: ['crd', 'crds'],
    scope: 'cluster',
    status: true,
    generations: true,
    columns: cluster.definitionColumns,
  },
];

/** The built-in kinds that the stand-in serves. */
export function builtInKinds(): ServedKind[] {
  return table.map((row) => {
    const [version, group = ''] = row.apiVersion.split('/').reverse() as [string, string?];
    return {
      group,
      version,
      kind: row.kind,
      plural: row.plural,
      singular: row.kind.toLowerCase(),
      shortNames: row.short ?? [],
      categories: row.all === true ? ['all'] : [],
      namespaced: row.scope === 'namespace',
      hasStatus: row.status ?? false,
      hasScale: row.scale ?? false,
      countsGenerations: row.generations ?? false,
      selectableFields: row.fields ?? [],
      columns: row.columns,
      rules: builtInRules(modelOf(row)),
    };
  });
}

/** The client library's type of a built-in kind, or undefined for a kind that is not built in. */
export function modelOfKind(kind: string): string | undefined {
  const row = table.find((candidate) => candidate.kind === kind);
  return row === undefined ? undefined : modelOf(row);
}

function modelOf(row: BuiltInKind): string {
  return row.model ?? `V1${row.kind}`;
}

function builtInRules(model: string): KindRules {
  return {
    decode: (object: KubeObject) => decodeModel(model, object),
    fillDefaults: (object, old) => fillBuiltInDefaults(object, old === undefined),
    problems: (object, old) => builtInProblems(model, object, old),
  };
}
