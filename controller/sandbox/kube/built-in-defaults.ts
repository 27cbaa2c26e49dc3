import type { KubeObject } from '../../src/api/meta.ts';
import { isRecord, type JsonRecord, listOf, recordOf } from './json-value.ts';
import { fill, fillPodAdmission, fillPodSpec, qosClass } from './pod-defaults.ts';

/** Service addresses are drawn from here, as EKS does beside a 10/8 or 192.168/16 VPC. */
const SERVICE_NETWORK = '172.20';

type Defaults = (object: KubeObject, spec: JsonRecord, isNew: boolean) => void;

const DEFAULTS: Readonly<Record<string, Defaults>> = {
  Pod(object, spec, isNew) {
    fillPodSpec(spec);
    if (!isNew) return;
    fillPodAdmission(spec);
    object.status = { phase: 'Pending', qosClass: qosClass(spec) };
  },
  Deployment(object, spec) {
    fillTemplate(spec);
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
    const strategy = recordOf(spec.strategy);
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') fill(strategy, { rollingUpdate: {} });
    if (isRecord(strategy.rollingUpdate)) fill(strategy.rollingUpdate, { maxUnavailable: '25%', maxSurge: '25%' });
    object.status ??= {};
  },
  ReplicaSet(object, spec) {
    fillTemplate(spec);
    fill(spec, { replicas: 1 });
    object.status ??= { replicas: 0 };
  },
  StatefulSet(object, spec) {
    fillTemplate(spec);
    fill(spec, {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    });
    object.status ??= { replicas: 0 };
  },
  DaemonSet(object, spec) {
    fillTemplate(spec);
    fill(spec, {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    object.status ??= { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  Job(object, spec) {
    fill(spec, {
      parallelism: 1,
      completionMode: 'NonIndexed',
      backoffLimit: 6,
      suspend: false,
      manualSelector: spec.manualSelector ?? false,
    });
    fill(spec, { completions: 1 });
    if (spec.manualSelector !== true) selectOwnPods(object, spec);
    fillTemplate(spec);
    object.status ??= {};
  },
  Namespace(object, spec, isNew) {
    object.spec = spec;
    if (isNew) spec.finalizers = ['kubernetes'];
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
    object.status ??= { phase: 'Active' };
  },
  Node(object, spec) {
    object.spec = spec;
    object.status ??= {};
  },
  Service(object, spec) {
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
    if (spec.type !== 'ExternalName') {
      fill(spec, {
        clusterIP: serviceAddress(object.metadata.uid ?? ''),
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      });
      fill(spec, { clusterIPs: [spec.clusterIP] });
    }
    for (const port of listOf(spec.ports).filter(isRecord)) fill(port, { protocol: 'TCP', targetPort: port.port });
    object.status ??= { loadBalancer: {} };
  },
  Secret(object) {
    fill(object, { type: 'Opaque' });
    if (!isRecord(object.stringData)) return;
    const encoded = Object.entries(object.stringData).map(([key, text]) => [
      key,
      Buffer.from(String(text)).toString('base64'),
    ]);
    object.data = { ...recordOf(object.data), ...Object.fromEntries(encoded) };
    delete object.stringData;
  },
  PersistentVolumeClaim(object, spec) {
    fill(spec, { volumeMode: 'Filesystem' });
    object.status ??= { phase: 'Pending' };
  },
  PersistentVolume(object, spec) {
    fill(spec, { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' });
    object.status ??= { phase: 'Available' };
  },
  StorageClass(object) {
    fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  },
};

/** Fills in what a caller may leave out of a built-in object, as users see it on a real cluster. Changes `object`. */
export function fillBuiltInDefaults(object: KubeObject, isNew: boolean): void {
  DEFAULTS[object.kind as string]?.(object, recordOf(object.spec), isNew);
}

function fillTemplate(spec: JsonRecord): void {
  const podSpec = recordOf(recordOf(spec.template).spec);
  fillPodSpec(podSpec);
}

/** A Job that names no selector selects the pods that carry its UID. */
function selectOwnPods(object: KubeObject, spec: JsonRecord): void {
  const uid = object.metadata.uid ?? '';
  const own = { 'batch.kubernetes.io/controller-uid': uid };
  fill(spec, { selector: { matchLabels: own } });
  if (!isRecord(spec.template)) return;
  const metadata = recordOf(spec.template.metadata);
  const names = {
    'batch.kubernetes.io/job-name': object.metadata.name,
    'job-name': object.metadata.name,
    'controller-uid': uid,
  };
  spec.template.metadata = { ...metadata, labels: { ...recordOf(metadata.labels), ...own, ...names } };
}

/** The same service gets the same address in every run with the same seed. */
function serviceAddress(uid: string): string {
  const bits = Number.parseInt(uid.slice(0, 4) || '0', 16);
  return `${SERVICE_NETWORK}.${bits >>> 8}.${Math.max(1, bits & 255)}`;
}
