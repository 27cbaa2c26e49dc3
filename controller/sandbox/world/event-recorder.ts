import type { KubeObject } from '../../src/api/meta.ts';
import { type ObjectStore, StatusError } from '../kube/object-store.ts';
import { timestamp } from '../kube/timestamp.ts';
import { hash32 } from '../seeded-random.ts';
import type { Timers } from '../timers.ts';

/** kube-apiserver forgets events after an hour; so do we, or a long run would hold nothing else. */
const EVENT_TTL_MS = 3_600_000;
/** The oldest go early past this: a story that makes more events than this is not read by anybody. */
const EVENTS_MAX = 5000;

/** What an event is about. */
export interface Involved {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

export interface EventToRecord {
  readonly about: Involved;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Writes core/v1 Events, as `kubectl describe` shows them. */
export interface EventRecorder {
  /** The event stands in the store; a repeat of the same one from the same component raises its count. Never throws a refusal. */
  record(component: string, event: EventToRecord): void;
}

/** A recorder on the store. Events of cluster-scoped objects stand in `default`. */
export function createEventRecorder(store: ObjectStore, timers: Timers): EventRecorder {
  /** Last occurrence by `namespace/name`, oldest first. */
  const recorded = new Map<string, number>();

  const dropOld = (): void => {
    for (const [key, lastMs] of recorded) {
      if (recorded.size <= EVENTS_MAX && timers.nowMs() - lastMs < EVENT_TTL_MS) return;
      recorded.delete(key);
      const [namespace, name] = key.split('/') as [string, string];
      if (store.get('Event', name, namespace) !== undefined) store.delete('Event', name, namespace);
    }
  };

  return {
    record(component, event) {
      const namespace = event.about.namespace ?? 'default';
      const name = eventName(component, event);
      try {
        writeEvent(store, namespace, name, component, event, timestamp(timers.nowMs()));
        recorded.delete(`${namespace}/${name}`);
        recorded.set(`${namespace}/${name}`, timers.nowMs());
        dropOld();
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
      }
    },
  };
}

/** Two occurrences of one event share a name, which makes the count. */
function eventName(component: string, { about, type, reason, message }: EventToRecord): string {
  const identity = [component, about.uid, type, reason, message].join('\n');
  return `${about.name}.${hash32(identity).toString(16).padStart(8, '0')}${hash32(`${identity}\n`).toString(16).padStart(8, '0')}`;
}

function writeEvent(
  store: ObjectStore,
  namespace: string,
  name: string,
  component: string,
  { about, type, reason, message }: EventToRecord,
  now: string,
): void {
  const existing = store.get('Event', name, namespace);
  if (existing !== undefined) {
    const { resourceVersion: _, ...metadata } = existing.metadata;
    store.update('Event', { ...existing, metadata, count: Number(existing['count'] ?? 1) + 1, lastTimestamp: now });
    return;
  }
  const event: KubeObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: about,
    type,
    reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  store.create('Event', event);
}

/** The object as what an event is about. */
export function involved(object: KubeObject, apiVersion: string, kind: string): Involved {
  const { name, namespace, uid = '' } = object.metadata;
  return { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}
