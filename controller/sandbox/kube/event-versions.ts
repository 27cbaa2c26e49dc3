import type { KubeObject } from '../../src/api/meta.ts';
import { recordOf } from './json-value.ts';

export const EVENTS_GROUP_VERSION = 'events.k8s.io/v1';

/** A core event in the words of events.k8s.io/v1: the same object, other names. */
export function toEventsV1(event: KubeObject): KubeObject {
  const {
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    reportingInstance,
    apiVersion: _old,
    ...rest
  } = event;
  return withoutUndefined({
    ...rest,
    apiVersion: EVENTS_GROUP_VERSION,
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent ?? recordOf(source).component,
    reportingInstance,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  });
}

/** An events.k8s.io/v1 event in the words of the core. */
export function fromEventsV1(event: KubeObject): KubeObject {
  const {
    regarding,
    note,
    reportingController,
    reportingInstance,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    apiVersion: _old,
    ...rest
  } = event;
  return withoutUndefined({
    ...rest,
    apiVersion: 'v1',
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController,
    reportingInstance,
    source: deprecatedSource ?? (reportingController === undefined ? undefined : { component: reportingController }),
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  });
}

function withoutUndefined(object: KubeObject): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as unknown as KubeObject;
}
