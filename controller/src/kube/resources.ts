import { AWS_GROUP, AWS_VERSION, KARPENTER_GROUP, KARPENTER_VERSION } from '../api/names.ts';
import type { WatchedKind } from '../ports/kube.ts';

/** Where the API serves a kind. */
export interface Resource {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const karpenter = `${KARPENTER_GROUP}/${KARPENTER_VERSION}`;
const aws = `${AWS_GROUP}/${AWS_VERSION}`;

export const RESOURCES: Readonly<Record<WatchedKind, Resource>> = {
  Pod: { apiVersion: 'v1', plural: 'pods', namespaced: true },
  Node: { apiVersion: 'v1', plural: 'nodes', namespaced: false },
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps', namespaced: true },
  DaemonSet: { apiVersion: 'apps/v1', plural: 'daemonsets', namespaced: true },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets', namespaced: true },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  PersistentVolume: { apiVersion: 'v1', plural: 'persistentvolumes', namespaced: false },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', plural: 'storageclasses', namespaced: false },
  CSINode: { apiVersion: 'storage.k8s.io/v1', plural: 'csinodes', namespaced: false },
  Machine: { apiVersion: karpenter, plural: 'machines', namespaced: false },
  Provisioner: { apiVersion: karpenter, plural: 'provisioners', namespaced: false },
  AWSNodeTemplate: { apiVersion: aws, plural: 'awsnodetemplates', namespaced: false },
};

/** The path of a collection; of all namespaces when none is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.apiVersion === 'v1' ? '/api/v1' : `/apis/${resource.apiVersion}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** The path of one object. */
export function objectPath(resource: Resource, name: string, namespace?: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}
