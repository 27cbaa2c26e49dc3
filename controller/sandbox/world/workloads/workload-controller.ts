import type { KubeObject } from '../../../src/api/meta.ts';
import { involved } from '../event-recorder.ts';
import { createReconciler } from '../reconciler.ts';
import { type Stage, type Stop, stopAll } from '../stage.ts';
import { componentOf } from './owned-objects.ts';

/** kube-controller-manager sees a change and acts within about this. */
const LATENCY_MS = 20;

export interface WorkloadController {
  readonly kind: 'Deployment' | 'ReplicaSet' | 'DaemonSet' | 'Job';
  readonly apiVersion: string;
  /** Kinds whose objects, controlled by one of ours, make us look at it again. */
  readonly dependants: readonly string[];
  /** Kinds any change of which makes us look at all of ours; `facts` says what of an object matters. */
  readonly surroundings?: { readonly kind: string; readonly facts: (object: KubeObject) => string };
  /** Brings the cluster one step closer to what the object wants, and its status up to date. */
  readonly reconcile: (stage: Stage, object: KubeObject) => void;
}

/** Runs a workload controller: looks at an object whenever it, its dependants or its surroundings have changed. */
export function startWorkloadController(stage: Stage, controller: WorkloadController): Stop {
  const { store, timers } = stage;
  const { kind, apiVersion } = controller;
  const find = (key: string): KubeObject | undefined => {
    const [namespace, name] = key.split('/') as [string, string];
    return store.get(kind, name, namespace);
  };
  const reconciler = createReconciler(
    timers,
    LATENCY_MS,
    (key) => {
      const object = find(key);
      if (object !== undefined && object.metadata.deletionTimestamp === undefined) controller.reconcile(stage, object);
    },
    (key, { message }) => {
      const object = find(key);
      if (object === undefined) return;
      const about = involved(object, apiVersion, kind);
      stage.events.record(componentOf(kind), { about, type: 'Warning', reason: 'FailedCreate', message });
    },
  );
  const enqueue = ({ metadata }: KubeObject): void => reconciler.enqueue(keyOf(metadata.namespace, metadata.name));
  const enqueueOwner = ({ metadata }: KubeObject): void => {
    const owner = metadata.ownerReferences?.find((ref) => ref.controller === true && ref.kind === kind);
    if (owner !== undefined) reconciler.enqueue(keyOf(metadata.namespace, owner.name));
  };

  for (const object of store.list(kind)) enqueue(object);
  const stops = [
    reconciler.stop,
    store.watch(kind, ({ object }) => enqueue(object)),
    ...controller.dependants.map((each) => store.watch(each, ({ object }) => enqueueOwner(object))),
  ];
  const { surroundings } = controller;
  if (surroundings !== undefined)
    stops.push(watchSurroundings(stage, surroundings, () => store.list(kind).forEach(enqueue)));
  return stopAll(stops);
}

function watchSurroundings(
  { store }: Stage,
  { kind, facts }: NonNullable<WorkloadController['surroundings']>,
  onChange: () => void,
): Stop {
  const known = new Map<string, string>();
  return store.watch(kind, ({ type, object }) => {
    const { uid = '' } = object.metadata;
    const now = facts(object);
    if (type !== 'DELETED' && known.get(uid) === now) return;
    if (type === 'DELETED') known.delete(uid);
    else known.set(uid, now);
    onChange();
  });
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? 'default'}/${name}`;
}
