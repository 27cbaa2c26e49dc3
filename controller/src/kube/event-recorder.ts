import { createHash } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { ObjectEvent } from '../ports/kube.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { KubeHttp } from './http-client.ts';
import { collectionPath, objectPath, type Resource } from './resources.ts';
import { TokenBucket } from './token-bucket.ts';

export interface EventRecorderOptions {
  readonly http: KubeHttp;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
}

/** Core v1: what upstream writes and its RBAC grants, and `kubectl describe` shows its count. */
const EVENTS: Resource = { apiVersion: 'v1', plural: 'events', namespaced: true };
/** Events about cluster-scoped objects live here: the API server accepts no other namespace for them. */
const CLUSTER_SCOPE_NAMESPACE = 'default';
const SOURCE = 'karpenter';

/** The bound of events.k8s.io, which serves the same objects. */
const MESSAGE_BYTES_MAX = 1024;
/** Distinct events remembered for counting, as many as client-go keeps: about 1 MB. */
const REMEMBERED_MAX = 4096;
/** After this silence a repeat is a new event. The API server drops events an hour after their last change. */
const REMEMBERED_MS = 10 * 60_000;
/** A repeat within this of the last write is counted and written with a later one: loops say the same thing every pass. */
const REWRITE_MS_MIN = 30_000;
/** Each type has its own budget, so that the Nominated of a thousand pods cannot crowd out why one of them fits nowhere. */
const EVENTS_PER_SECOND = 20;
const EVENTS_BURST = 200;

interface Remembered {
  readonly namespace: string;
  readonly name: string;
  readonly firstAt: string;
  count: number;
  writtenAtMs: number;
  seenAtMs: number;
}

/** Writes events. Repeats of the same (object, type, reason, message) become one event with a count. */
export class EventRecorder {
  private readonly options: EventRecorderOptions;
  private readonly buckets: Readonly<Record<ObjectEvent['type'], TokenBucket>>;
  /** In the order of last sight, oldest first. */
  private readonly remembered = new Map<string, Remembered>();

  constructor(options: EventRecorderOptions) {
    this.options = options;
    const nowMs = options.clock.nowMs();
    this.buckets = {
      Normal: new TokenBucket(EVENTS_PER_SECOND, EVENTS_BURST, nowMs),
      Warning: new TokenBucket(EVENTS_PER_SECOND, EVENTS_BURST, nowMs),
    };
  }

  /** Writes the event in the background, or counts it among the repeats or the dropped. Never throws. */
  emit(event: ObjectEvent): void {
    const nowMs = this.options.clock.nowMs();
    const message = cutToBytes(event.message, MESSAGE_BYTES_MAX);
    const key = keyOf(event, message);
    const known = this.recall(key, nowMs);
    if (known !== undefined) {
      known.count += 1;
      if (nowMs - known.writtenAtMs < REWRITE_MS_MIN) return;
    }
    if (!this.buckets[event.type].tryTake(nowMs)) return this.dropped('rate');
    if (known !== undefined) {
      known.writtenAtMs = nowMs;
      void this.write(key, this.recount(known, nowMs));
    } else {
      void this.write(key, this.first(key, event, message, nowMs));
    }
  }

  private recall(key: string, nowMs: number): Remembered | undefined {
    const known = this.remembered.get(key);
    if (known === undefined) return undefined;
    this.remembered.delete(key);
    if (nowMs - known.seenAtMs > REMEMBERED_MS) return undefined;
    known.seenAtMs = nowMs;
    this.remembered.set(key, known);
    return known;
  }

  private first(key: string, event: ObjectEvent, message: string, nowMs: number): Promise<unknown> {
    const { http, ids } = this.options;
    const namespace = event.object.namespace ?? CLUSTER_SCOPE_NAMESPACE;
    const at = wholeSecond(nowMs);
    const known: Remembered = {
      namespace,
      name: ids.next(`${event.object.name.slice(0, 240)}.${key.slice(0, 6)}`),
      firstAt: at,
      count: 1,
      writtenAtMs: nowMs,
      seenAtMs: nowMs,
    };
    this.remembered.set(key, known);
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= REMEMBERED_MAX) break;
      this.remembered.delete(oldest);
    }
    return http.json({
      method: 'POST',
      path: collectionPath(EVENTS, namespace),
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: known.name, namespace },
        involvedObject: event.object,
        type: event.type,
        reason: event.reason,
        message,
        source: { component: SOURCE },
        reportingComponent: SOURCE,
        reportingInstance: '',
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      },
      action: `create Event ${event.reason}`,
    });
  }

  private recount(known: Remembered, nowMs: number): Promise<unknown> {
    return this.options.http.json({
      method: 'PATCH',
      path: objectPath(EVENTS, known.name, known.namespace),
      body: { count: known.count, lastTimestamp: wholeSecond(nowMs) },
      contentType: 'application/merge-patch+json',
      action: `patch Event ${known.name}`,
    });
  }

  private async write(key: string, answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      // Also when the event has expired: the next repeat then makes a new one.
      this.remembered.delete(key);
      this.dropped(error instanceof OperationError ? error.code : 'unexpected');
    }
  }

  private dropped(cause: string): void {
    this.options.telemetry.count('karpenter_kubernetes_events_dropped', { cause });
  }
}

function keyOf(event: ObjectEvent, message: string): string {
  const parts = [event.object.kind, event.object.uid, event.object.name, event.type, event.reason, message];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** At most `bytesMax` bytes of UTF-8, never half a character; an ellipsis shows the cut. */
function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax - Buffer.byteLength('…');
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** metav1.Time has whole seconds. */
function wholeSecond(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
