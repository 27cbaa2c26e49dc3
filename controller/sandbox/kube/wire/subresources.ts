import type { KubeObject } from '../../../src/api/meta.ts';
import { selectorText } from '../columns.ts';
import { evictPod } from '../eviction.ts';
import { listOf, recordOf, valueAt } from '../json-value.ts';
import type { LabelSelector } from '../label-selector.ts';
import type { MemoryObjectStore, WriteOptions } from '../memory-object-store.ts';
import type { ServedKind } from '../served-kind.ts';
import { badRequest, conflict, invalid, invalidValue } from '../status-errors.ts';
import { timestamp } from '../timestamp.ts';

/** The Scale of a workload: how many it wants, how many there are, and what it selects. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object.spec, 'replicas');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    // Go leaves out a number that is zero.
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: {
      replicas: valueAt(object.status, 'replicas') ?? 0,
      selector: selectorText(recordOf(valueAt(object.spec, 'selector')) as LabelSelector),
    },
  };
}

/** The workload with the number of replicas, and under the precondition, that a Scale asks for. 400 or 422 for what is no such number. */
export function scaled(object: KubeObject, scale: KubeObject): KubeObject {
  const replicas = valueAt(scale.spec, 'replicas') ?? 0;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
  if (replicas < 0) {
    const scaleKind = { group: 'autoscaling', kind: 'Scale', plural: 'scales' };
    const problem = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid(scaleKind, object.metadata.name, [problem]);
  }
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

/** Puts a pod on the node that a Binding names, and says so in its status. 409 when it is on one. */
export function bind(
  store: MemoryObjectStore,
  target: { readonly kind: ServedKind; readonly namespace: string; readonly name: string },
  binding: unknown,
  nowMs: number,
  options: WriteOptions,
): void {
  const { kind, namespace, name } = target;
  const nodeName = valueAt(binding, 'target', 'name');
  if (typeof nodeName !== 'string' || nodeName === '')
    throw badRequest('target.name of a Binding is the name of a node');
  const assigned = (pod: KubeObject): KubeObject => {
    const bound = valueAt(pod.spec, 'nodeName');
    if (bound !== undefined && bound !== '')
      throw conflict(kind, name, `pod ${name} is already assigned to node "${bound}"`);
    return { ...pod, spec: { ...recordOf(pod.spec), nodeName } };
  };
  store.modify('Pod', name, namespace, assigned, options);
  store.modify('Pod', name, namespace, (pod) => scheduled(pod, nowMs), { ...options, subresource: 'status' });
}

function scheduled(pod: KubeObject, nowMs: number): KubeObject {
  const others = listOf(valueAt(pod.status, 'conditions')).filter(
    (condition) => valueAt(condition, 'type') !== 'PodScheduled',
  );
  const verdict = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(nowMs) };
  return { ...pod, status: { ...recordOf(pod.status), conditions: [...others, verdict] } };
}
