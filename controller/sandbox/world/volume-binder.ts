import { ZONE_LABEL } from '../../src/api/names.ts';
import {
  getOf,
  isTerminal,
  listOf,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from '../kube/built-in-kinds.ts';
import { claimNamesOf, classOf, defaultClass, isBound, waitsForPod } from './claims.ts';
import { createReconciler } from './reconciler.ts';
import { type Stage, type Stop, stopAll } from './stage.ts';
import { controllerRef } from './workloads/owned-objects.ts';

/** How long a volume takes, and the end of one. */
const VOLUME_MS = 100;
/** Where a driver makes volumes that nobody has chosen a zone for. */
const FAVOURITE_ZONE = 'us-east-1a';

/**
 * The stand-in for the controllers of claims and the driver that makes volumes: claims of ephemeral volumes come with their pods, claims
 * without a class get the default one, those that wait for nobody get a volume at once, and a volume goes with its claim if its class says
 * so. What waits for a pod is bound by `bindClaims`.
 */
export function startVolumeBinder(stage: Stage): Stop {
  const { store, timers } = stage;
  const claims = createReconciler(timers, VOLUME_MS, (key) => reconcileClaim(stage, key));
  const pods = createReconciler(timers, VOLUME_MS, (key) => makeEphemeralClaims(stage, key));
  const keyOf = ({ metadata }: { metadata: { name: string; namespace?: string } }) =>
    `${metadata.namespace ?? 'default'}/${metadata.name}`;
  return stopAll([
    store.watch('PersistentVolumeClaim', ({ object }) => claims.enqueue(keyOf(object))),
    store.watch('StorageClass', () => {
      for (const claim of listOf(store, 'PersistentVolumeClaim')) claims.enqueue(keyOf(claim));
    }),
    store.watch('Pod', ({ type, object }) => {
      if (type === 'ADDED') pods.enqueue(keyOf(object));
    }),
    claims.stop,
    pods.stop,
  ]);
}

/** Gives the claims of the pod that waited for it their volumes, in the zone of the node that it is about to be bound to. */
export function bindClaims(stage: Stage, pod: Pod, node: Node): void {
  const { namespace = 'default' } = pod.metadata;
  for (const name of claimNamesOf(pod)) {
    const claim = getOf(stage.store, 'PersistentVolumeClaim', name, namespace);
    const storageClass = claim && classOf(stage.store, claim);
    if (claim === undefined || storageClass === undefined || !waitsForPod(stage.store, claim)) continue;
    makeVolume(stage, claim, storageClass, node.metadata.labels?.[ZONE_LABEL] ?? FAVOURITE_ZONE);
  }
}

function reconcileClaim(stage: Stage, key: string): void {
  const { store } = stage;
  const [namespace = '', name = ''] = key.split('/');
  const claim = getOf(store, 'PersistentVolumeClaim', name, namespace);
  if (claim === undefined) {
    releaseVolumes(stage, namespace, name);
    return;
  }
  if (isBound(claim)) return;
  if (claim.spec.storageClassName === undefined) {
    const storageClassName = defaultClass(store)?.metadata.name;
    if (storageClassName !== undefined)
      store.mergePatch('PersistentVolumeClaim', name, namespace, { spec: { storageClassName } });
    return;
  }
  const storageClass = classOf(store, claim);
  if (storageClass === undefined || waitsForPod(store, claim)) return;
  makeVolume(stage, claim, storageClass, allowedZone(storageClass) ?? FAVOURITE_ZONE);
}

function allowedZone({ allowedTopologies = [] }: StorageClass): string | undefined {
  const expressions = allowedTopologies.flatMap(({ matchLabelExpressions = [] }) => matchLabelExpressions);
  return expressions.find(({ key }) => key === ZONE_LABEL)?.values[0];
}

function makeVolume({ store }: Stage, claim: PersistentVolumeClaim, storageClass: StorageClass, zone: string): void {
  const { name, namespace = 'default', uid = '' } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  const { accessModes = ['ReadWriteOnce'], resources } = claim.spec;
  const capacity = { storage: resources?.requests?.['storage'] ?? '1Gi' };
  store.create('PersistentVolume', {
    metadata: { name: volumeName },
    spec: {
      capacity,
      accessModes,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      csi: { driver: storageClass.provisioner, volumeHandle: `vol-${uid}` },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: [zone] }] }] },
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
    },
  });
  store.mergePatch(
    'PersistentVolume',
    volumeName,
    undefined,
    { status: { phase: 'Bound' } },
    { subresource: 'status' },
  );
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
  store.mergePatch('PersistentVolumeClaim', name, namespace, { metadata: { annotations }, spec: { volumeName } });
  const status = { phase: 'Bound', accessModes, capacity };
  store.mergePatch('PersistentVolumeClaim', name, namespace, { status }, { subresource: 'status' });
}

function releaseVolumes({ store }: Stage, namespace: string, name: string): void {
  for (const { metadata, spec } of listOf(store, 'PersistentVolume')) {
    if (spec.claimRef?.namespace !== namespace || spec.claimRef.name !== name) continue;
    if (spec.persistentVolumeReclaimPolicy === 'Delete') store.delete('PersistentVolume', metadata.name);
    else {
      const status = { phase: 'Released' };
      store.mergePatch('PersistentVolume', metadata.name, undefined, { status }, { subresource: 'status' });
    }
  }
}

/** The claim is the pod's own, so that it goes with it. */
function makeEphemeralClaims({ store }: Stage, key: string): void {
  const [namespace = '', podName = ''] = key.split('/');
  const pod = getOf(store, 'Pod', podName, namespace);
  if (pod === undefined || isTerminal(pod)) return;
  for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
    const name = `${podName}-${volume}`;
    if (ephemeral === undefined || store.get('PersistentVolumeClaim', name, namespace) !== undefined) continue;
    const { metadata, spec } = ephemeral.volumeClaimTemplate;
    const ownerReferences = [controllerRef('v1', 'Pod', pod)];
    store.create('PersistentVolumeClaim', { metadata: { ...metadata, name, namespace, ownerReferences }, spec });
  }
}
