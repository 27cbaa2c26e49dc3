import type { KubeObject } from '../../../src/api/meta.ts';
import { selectorText } from '../columns.ts';
import { evictPod } from '../eviction.ts';
import { recordOf, valueAt } from '../json-value.ts';
import type { LabelSelector } from '../label-selector.ts';
import type { MemoryObjectStore, WriteOptions } from '../memory-object-store.ts';
import type { ServedKind } from '../served-kind.ts';
import { badRequest, forbidden } from '../status-errors.ts';

/** The Scale of a workload: how many it wants, how many there are, and what it selects. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    spec: { replicas: valueAt(object.spec, 'replicas') ?? 0 },
    status: {
      replicas: valueAt(object.status, 'replicas') ?? 0,
      selector: selectorText(recordOf(valueAt(object.spec, 'selector')) as LabelSelector),
    },
  };
}

/** The workload with the number of replicas, and under the precondition, that a Scale asks for. 400 without such a number. */
export function scaled(object: KubeObject, scale: KubeObject): KubeObject {
  const replicas = valueAt(scale.spec, 'replicas') ?? 0;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
  const resourceVersion = scale.metadata.resourceVersion ?? object.metadata.resourceVersion;
  return {
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: { ...recordOf(object.spec), replicas },
  };
}

/** Carries out a policy/v1 Eviction; see `evictPod` for what it refuses. */
export function evict(
  store: MemoryObjectStore,
  namespace: string,
  name: string,
  eviction: unknown,
  dryRun: boolean,
): void {
  const options = recordOf(recordOf(eviction).deleteOptions);
  const uid = valueAt(options, 'preconditions', 'uid');
  evictPod(store, {
    namespace,
    name,
    dryRun,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof options.gracePeriodSeconds === 'number' ? { gracePeriodSeconds: options.gracePeriodSeconds } : {}),
  });
}

/** Puts a pod on the node that a Binding names. 409 when it is on one. */
export function bind(
  store: MemoryObjectStore,
  kind: ServedKind,
  namespace: string,
  name: string,
  binding: unknown,
  options: WriteOptions,
): void {
  const nodeName = valueAt(binding, 'target', 'name');
  if (typeof nodeName !== 'string' || nodeName === '')
    throw badRequest('target.name of a Binding is the name of a node');
  store.modify(
    'Pod',
    name,
    namespace,
    (pod) => {
      const bound = valueAt(pod.spec, 'nodeName');
      if (bound !== undefined && bound !== '')
        throw forbidden(kind, name, `pod ${name} is already assigned to node "${bound}"`);
      return { ...pod, spec: { ...recordOf(pod.spec), nodeName } };
    },
    options,
  );
}
