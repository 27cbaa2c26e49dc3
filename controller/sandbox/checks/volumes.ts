import type { KubeObject } from '../../src/api/meta.ts';
import type { ObjectStore } from '../kube/object-store.ts';

// Written from the documentation of claims, volumes and CSINodes alone, like placement.ts beside it.

interface VolumeSource {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: unknown;
}

interface VolumeSpec {
  readonly csi?: { readonly driver: string };
  readonly nodeAffinity?: {
    readonly required?: {
      readonly nodeSelectorTerms: readonly {
        readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
      }[];
    };
  };
}

/**
 * What is wrong with the volumes of pods that have a node: claims without volume, volumes that cannot be attached there, more of them on a
 * node than its CSINode says. In words.
 */
export function checkVolumes(store: ObjectStore): readonly string[] {
  const standing = store.list('Pod').filter((pod) => nodeNameOf(pod) !== '' && !hasEnded(pod));
  return [
    ...standing.flatMap((pod) => claimsOf(pod).flatMap((claim) => wrongWith(store, pod, claim))),
    ...store.list('CSINode').flatMap((csiNode) => tooMany(store, csiNode, standing)),
  ];
}

function wrongWith(store: ObjectStore, pod: KubeObject, claimName: string): readonly string[] {
  const nodeName = nodeNameOf(pod);
  const volume = volumeOf(store, pod.metadata.namespace, claimName);
  if (volume === undefined) return [`${pod.metadata.name} is on ${nodeName} without the volume of ${claimName}`];
  const terms = (volume.spec as VolumeSpec).nodeAffinity?.required?.nodeSelectorTerms;
  const labels = store.get('Node', nodeName)?.metadata.labels ?? {};
  const isInReach =
    terms === undefined ||
    terms.some(({ matchExpressions = [] }) =>
      // Drivers write nothing but In.
      matchExpressions.every(
        ({ key, operator, values = [] }) => operator === 'In' && values.includes(labels[key] ?? ''),
      ),
    );
  return isInReach ? [] : [`${pod.metadata.name} is on ${nodeName}, where ${volume.metadata.name} cannot be attached`];
}

function tooMany(store: ObjectStore, csiNode: KubeObject, standing: readonly KubeObject[]): readonly string[] {
  const { drivers = [] } = csiNode['spec'] as {
    readonly drivers?: readonly { name: string; allocatable?: { count?: number } }[];
  };
  const here = standing.filter((pod) => nodeNameOf(pod) === csiNode.metadata.name);
  const volumes = here.flatMap((pod) => claimsOf(pod).map((name) => volumeOf(store, pod.metadata.namespace, name)));
  return drivers.flatMap(({ name, allocatable }) => {
    const attached = volumes.filter((volume) => (volume?.spec as VolumeSpec | undefined)?.csi?.driver === name);
    const count = new Set(attached.map((volume) => volume?.metadata.name)).size;
    const limit = allocatable?.count ?? count;
    return count > limit ? [`${csiNode.metadata.name} has ${count} volumes of ${name}, and can attach ${limit}`] : [];
  });
}

function claimsOf(pod: KubeObject): readonly string[] {
  const { volumes = [] } = pod.spec as { readonly volumes?: readonly VolumeSource[] };
  return volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${pod.metadata.name}-${name}`];
  });
}

function volumeOf(store: ObjectStore, namespace: string | undefined, claimName: string): KubeObject | undefined {
  const claim = store.get('PersistentVolumeClaim', claimName, namespace);
  const { volumeName = '' } = (claim?.spec ?? {}) as { readonly volumeName?: string };
  return volumeName === '' ? undefined : store.get('PersistentVolume', volumeName);
}

function nodeNameOf(pod: KubeObject): string {
  return (pod.spec as { readonly nodeName?: string }).nodeName ?? '';
}

function hasEnded(pod: KubeObject): boolean {
  const { phase } = (pod.status ?? {}) as { readonly phase?: string };
  return phase === 'Succeeded' || phase === 'Failed';
}
