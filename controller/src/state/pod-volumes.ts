import { HOSTNAME_LABEL } from '../api/names.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import {
  joinVolumeTerms,
  NO_VOLUMES,
  type PodVolumes,
  VOLUME_TERMS_MAX,
  type VolumeAttachment,
  type VolumeProblem,
} from '../core/pod-volumes.ts';
import { labelsSatisfy, requirementsOf } from '../core/requirements.ts';
import type { ClaimReference } from '../decode/claim-references.ts';
import type { DecodedClaim, VolumeWish } from '../decode/persistent-volume-claim.ts';
import type { DecodedStorageClass } from '../decode/storage-class.ts';
import { isUndecodable, type Undecodable } from '../decode/undecodable.ts';
import type { ClusterState } from './cluster-state.ts';
import type { FreeVolume, StorageIndex } from './storage-index.ts';

type Terms = PodVolumes['volumeTerms'];

/** Where the volume of one claim can be attached, and the driver that does. */
interface ClaimedVolume {
  readonly terms: Terms;
  readonly driver?: string | undefined;
}

/** What is known of the cluster's storage, of the nodes that volumes may be waiting for, and of who has them. */
export type StorageView = Pick<ClusterState, 'storage' | 'nodes' | 'pods'>;

/**
 * Returns the demand with what its claims, as they are now, ask of a node; itself when it has none. Claims change while a pod waits: they
 * appear, are given a node, and get the volume that ties them to a zone.
 */
export function withVolumes(view: StorageView, demand: PodDemand, claims: readonly ClaimReference[]): PodDemand {
  return claims.length === 0 ? demand : { ...demand, ...volumesOf(view, demand, claims) };
}

function volumesOf(view: StorageView, pod: PodDemand, claims: readonly ClaimReference[]): PodVolumes {
  const terms: Terms[] = [];
  const attachments: VolumeAttachment[] = [];
  for (const reference of claims) {
    const key = claimKey(pod, reference);
    const volume = findVolume(view, pod, key, reference);
    if ('code' in volume) return { ...NO_VOLUMES, volumeProblem: volume };
    terms.push(volume.terms);
    if (volume.driver !== undefined) attachments.push({ driver: volume.driver, claim: key });
  }
  const joined = joinVolumeTerms(terms);
  if (joined === 'conflict') {
    const keys = claims.map((reference) => claimKey(pod, reference)).join(', ');
    return refused('volume-conflict', `no node could have the volumes of all its claims: ${keys}`);
  }
  if (joined === 'too-many') {
    return refused('unsupported-constraint', `its volumes can be attached in more than ${VOLUME_TERMS_MAX} ways`);
  }
  return { volumeTerms: joined, attachments };
}

/** Returns what the volumes of a pod that has its node take of the node's limits. Claims that nothing is known of take nothing. */
export function attachmentsOf(
  { storage }: Pick<StorageView, 'storage'>,
  pod: Pick<PodDemand, 'namespace' | 'name'>,
  claims: readonly ClaimReference[],
): readonly VolumeAttachment[] {
  return claims.flatMap((reference) => {
    const claim = claimKey(pod, reference);
    const decoded = storage.claims.get(claim);
    const driver = decoded === undefined || isUndecodable(decoded) ? undefined : driverOf(storage, decoded);
    return driver === undefined ? [] : [{ driver, claim }];
  });
}

function driverOf(storage: StorageIndex, { volumeName, className }: DecodedClaim): string | undefined {
  if (volumeName !== undefined) return readable(storage.volumes.get(volumeName))?.driver;
  return readable(storage.classes.get(className ?? storage.defaultClassName() ?? ''))?.driver;
}

function claimKey({ namespace, name }: Pick<PodDemand, 'namespace' | 'name'>, reference: ClaimReference): string {
  return `${namespace}/${reference.kind === 'named' ? reference.name : `${name}-${reference.volume}`}`;
}

function findVolume(
  view: StorageView,
  pod: PodDemand,
  key: string,
  reference: ClaimReference,
): ClaimedVolume | VolumeProblem {
  const claim = view.storage.claims.get(key);
  if (claim === undefined) {
    // Kubernetes is about to make the claim of an ephemeral volume from its template.
    if (reference.kind === 'ephemeral') return unboundVolume(view, key, { className: reference.className });
    return problem('volume-not-found', `its claim ${key} does not exist`);
  }
  if (isUndecodable(claim)) return problem('volume-not-found', `its claim ${key} ${cannotBeRead(claim)}`);
  if (claim.isDeleting) return problem('volume-not-found', `its claim ${key} is being deleted`);
  if (reference.kind === 'ephemeral' && claim.controllerUid !== pod.uid) {
    return problem('volume-not-found', `the claim ${key} has the name of its ephemeral volume, but is not its own`);
  }
  const holder = claim.isForOnePod ? view.pods.holderOf(key)?.demand : undefined;
  if (holder !== undefined) {
    const message = `its claim ${key} is for one pod at a time, and ${holder.namespace}/${holder.name} has it`;
    return problem('volume-conflict', message);
  }
  return claim.volumeName === undefined ? unboundVolume(view, key, claim) : boundVolume(view, key, claim.volumeName);
}

function boundVolume({ storage }: StorageView, key: string, name: string): ClaimedVolume | VolumeProblem {
  const volume = storage.volumes.get(name);
  if (volume === undefined) {
    return problem('volume-not-found', `the PersistentVolume ${name} of its claim ${key} does not exist`);
  }
  if (isUndecodable(volume)) {
    return problem('volume-not-found', `the PersistentVolume ${name} of its claim ${key} ${cannotBeRead(volume)}`);
  }
  return { terms: volume.nodeTerms, driver: volume.driver };
}

type UnboundClaim = Pick<DecodedClaim, 'selectedNode' | 'wish'> & { readonly className?: string | undefined };

function unboundVolume(view: StorageView, key: string, claim: UnboundClaim): ClaimedVolume | VolumeProblem {
  const { storage } = view;
  const className = claim.className ?? storage.defaultClassName() ?? '';
  // Without a class somebody has to bind it by hand, and may choose any volume.
  if (className === '') return problem('volume-not-bound', `its claim ${key} has no volume yet, and no StorageClass`);
  const storageClass = storage.classes.get(className);
  if (storageClass === undefined) {
    return problem('volume-not-found', `the StorageClass ${className} of its claim ${key} does not exist`);
  }
  if (isUndecodable(storageClass)) {
    const message = `the StorageClass ${className} of its claim ${key} ${cannotBeRead(storageClass)}`;
    return problem('volume-not-found', message);
  }
  if (!storageClass.waitsForPod) {
    const message = `its claim ${key} has no volume yet, and StorageClass ${className} does not wait for a pod to choose the zone`;
    return problem('volume-not-bound', message);
  }
  const { driver } = storageClass;
  if (claim.selectedNode !== undefined) return { terms: onlyOn(view, claim.selectedNode), driver };
  const free = storage.freeVolumes(className).filter((volume) => suits(volume, key, claim.wish));
  if (driver === undefined && free.length === 0) {
    return problem('volume-not-found', `no free PersistentVolume of StorageClass ${className} suits its claim ${key}`);
  }
  return { terms: placesFor(storageClass, free), driver };
}

/** Where a volume is free, or can be made. */
function placesFor({ driver, nodeTerms }: DecodedStorageClass, free: readonly FreeVolume[]): Terms {
  const places = [...(driver === undefined ? [] : [nodeTerms]), ...free.map((volume) => volume.nodeTerms)];
  return places.some((terms) => terms.length === 0) ? [] : places.flat();
}

/** True when kube-scheduler would take the volume for the claim. */
function suits({ offer }: FreeVolume, key: string, wish: VolumeWish | undefined): boolean {
  if (offer.claim !== undefined && offer.claim !== key) return false;
  if (wish === undefined) return false;
  return (
    offer.storageBytes >= wish.storageBytes &&
    offer.mode === wish.mode &&
    wish.accessModes.every((mode) => offer.accessModes.includes(mode)) &&
    labelsSatisfy(offer.labels, requirementsOf(wish.selector))
  );
}

/** A volume is being made for this node; until it is there, or has failed, no other node will do. */
function onlyOn({ nodes }: StorageView, nodeName: string): Terms {
  const hostname = nodes.get(nodeName)?.node.labels[HOSTNAME_LABEL] ?? nodeName;
  return [[{ key: HOSTNAME_LABEL, operator: 'In', values: [hostname] }]];
}

function readable<T extends object>(known: T | Undecodable | undefined): T | undefined {
  return known === undefined || isUndecodable(known) ? undefined : known;
}

function problem(code: VolumeProblem['code'], message: string): VolumeProblem {
  return { code, message };
}

function refused(code: VolumeProblem['code'], message: string): PodVolumes {
  return { ...NO_VOLUMES, volumeProblem: problem(code, message) };
}

function cannotBeRead({ path, message }: Undecodable): string {
  return `cannot be read: ${path}: ${message}`;
}
