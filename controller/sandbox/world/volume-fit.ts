import {
  type CSINode,
  getOf,
  isTerminal,
  listOf,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from '../kube/built-in-kinds.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { claimNamesOf, classOf, isBound, waitsForPod } from './claims.ts';
import { admitsNode } from './label-match.ts';
import type { Misfit } from './node-fit.ts';
import { type Stop, stopAll } from './stage.ts';

/** What the claims of one pod say of nodes. */
export interface VolumeFilter {
  /** Why no node is asked at all. */
  readonly refusal: string | undefined;
  /** Why its volumes keep the pod from the node; undefined when they do not. */
  misfitOf(node: Node): Misfit | undefined;
}

const STORAGE_KINDS = ['PersistentVolumeClaim', 'PersistentVolume', 'StorageClass', 'CSINode'];
const NO_VOLUMES: VolumeFilter = { refusal: undefined, misfitOf: () => undefined };

/** Calls `listener` after each change of what a volume filter reads. */
export function watchStorage(store: ObjectStore, listener: () => void): Stop {
  return stopAll(STORAGE_KINDS.map((kind) => store.watch(kind, listener)));
}

/** The filter of a pod for the claims and volumes as they are now. */
export function volumeFilter(store: ObjectStore, pod: Pod): VolumeFilter {
  const names = claimNamesOf(pod);
  if (names.length === 0) return NO_VOLUMES;
  const { namespace = 'default' } = pod.metadata;
  const claims: PersistentVolumeClaim[] = [];
  for (const name of names) {
    const claim = getOf(store, 'PersistentVolumeClaim', name, namespace);
    if (claim === undefined) return refused(`persistentvolumeclaim "${name}" not found`);
    if (claim.metadata.deletionTimestamp !== undefined) {
      return refused(`persistentvolumeclaim "${name}" is being deleted`);
    }
    if (!isBound(claim) && !waitsForPod(store, claim)) {
      return refused('pod has unbound immediate PersistentVolumeClaims');
    }
    claims.push(claim);
  }
  return {
    refusal: undefined,
    misfitOf: (node) => {
      if (hasTooMany(store, claims, node)) return misfit('node(s) exceed max volume count', true);
      const isInReach = (claim: PersistentVolumeClaim) => isAttachable(store, claim, node);
      if (!claims.filter(isBound).every(isInReach)) return misfit('node(s) had volume node affinity conflict');
      if (!claims.every(isInReach)) return misfit("node(s) didn't find available persistent volumes to bind");
      return undefined;
    },
  };
}

function isAttachable(store: ObjectStore, claim: PersistentVolumeClaim, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!isBound(claim)) {
    const storageClass = classOf(store, claim);
    return storageClass !== undefined && allows(storageClass, labels);
  }
  const volume = getOf(store, 'PersistentVolume', claim.spec.volumeName ?? '');
  if (volume === undefined) return false;
  const required = volume.spec.nodeAffinity?.required;
  if (required === undefined) return true;
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
  return admitsNode({ containers: [], affinity: { nodeAffinity } }, node.metadata.name, labels);
}

function allows({ allowedTopologies = [] }: StorageClass, labels: Readonly<Record<string, string>>): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '')),
  );
}

/** True when claims that the node does not have yet would make some driver attach more than it can. */
function hasTooMany(store: ObjectStore, claims: readonly PersistentVolumeClaim[], node: Node): boolean {
  const limits = limitsOf(getOf(store, 'CSINode', node.metadata.name));
  if (limits.size === 0) return false;
  const attached = new Map(claimsOn(store, node).map((claim) => [claim.metadata.uid, claim]));
  const added = claims.filter(({ metadata }) => !attached.has(metadata.uid));
  const driverOf = (claim: PersistentVolumeClaim) => driverOfClaim(store, claim);
  return added
    .map(driverOf)
    .some(
      (driver) =>
        [...attached.values(), ...added].filter((each) => driverOf(each) === driver).length >
        (limits.get(driver) ?? Infinity),
    );
}

function limitsOf(csiNode: CSINode | undefined): ReadonlyMap<string, number> {
  const drivers = csiNode?.spec.drivers ?? [];
  return new Map(
    drivers.flatMap(({ name, allocatable }) => {
      return allocatable?.count === undefined ? [] : [[name, allocatable.count] as const];
    }),
  );
}

function claimsOn(store: ObjectStore, node: Node): readonly PersistentVolumeClaim[] {
  return listOf(store, 'Pod')
    .filter((pod) => pod.spec.nodeName === node.metadata.name && !isTerminal(pod))
    .flatMap((pod) =>
      claimNamesOf(pod).map((name) => getOf(store, 'PersistentVolumeClaim', name, pod.metadata.namespace)),
    )
    .filter((claim) => claim !== undefined);
}

function driverOfClaim(store: ObjectStore, claim: PersistentVolumeClaim): string {
  if (!isBound(claim)) return classOf(store, claim)?.provisioner ?? '';
  return getOf(store, 'PersistentVolume', claim.spec.volumeName ?? '')?.spec.csi?.driver ?? '';
}

function refused(refusal: string): VolumeFilter {
  return { ...NO_VOLUMES, refusal };
}

function misfit(reason: string, isForWantOfRoom = false): Misfit {
  return { reasons: [reason], isForWantOfRoom };
}
