import type { Clock } from '../ports/clock.ts';
import type { KubeEvent, WatchedKind } from '../ports/kube.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { Backoff } from './backoff.ts';
import { completeList, type ListTarget, type TakePage, withoutManagedFields } from './complete-list.ts';
import { errorFromFailure, errorFromWatchEvent, errorOfOldList } from './errors.ts';
import type { KubeHttp } from './http-client.ts';
import { type WatchLine, watchLines } from './watch-stream.ts';

export interface ListWatchLimits {
  /** The server ends a watch after this and up to twice this, by chance: as client-go does, so that servers can shed load. */
  readonly watchSecondsMin: number;
  /**
   * Silence after which a watch counts as stalled. An API server sends a bookmark each minute; half a minute more forgives
   * a slow one. Being wrong costs one reopened watch, being late costs a blind controller.
   */
  readonly silentMsMax: number;
  readonly backoffMsMin: number;
  /** Eight kinds at this pace are less than one request a second on an API server that is down. */
  readonly backoffMsMax: number;
  /**
   * How long lists that are older than what was seen before are not believed: a server that is behind catches up within seconds. After
   * that it is believed: etcd was set back, from a backup.
   */
  readonly oldListMsMax: number;
  /** A watch that lived this long, or told anything, was sound: its end is no failure, the next one opens at once. */
  readonly soundMsMin: number;
}

export const LIST_WATCH_LIMITS: ListWatchLimits = {
  watchSecondsMin: 240,
  silentMsMax: 90_000,
  backoffMsMin: 500,
  backoffMsMax: 10_000,
  oldListMsMax: 120_000,
  soundMsMin: 5_000,
};

export interface ListWatchOptions {
  readonly http: KubeHttp;
  readonly target: ListTarget & { readonly kind: WatchedKind };
  readonly sink: (event: KubeEvent) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits?: ListWatchLimits;
}

const LOGGER = 'controller.watch';

/**
 * Tells `sink` the complete list of a collection and then its every change, until the signal aborts. After a cut it
 * continues from the last version seen, so nothing is lost; when the server has forgotten that version, it lists anew.
 * Rejects only if `sink` throws.
 */
export async function listWatch(options: ListWatchOptions): Promise<void> {
  await new ListWatch(options).run();
}

class ListWatch {
  private readonly options: ListWatchOptions;
  private readonly limits: ListWatchLimits;
  private readonly backoff: Backoff;
  /** The last version seen; undefined while a list is needed. */
  private version: string | undefined;
  /** The latest version seen ever: a list of an earlier one shows a past that is over. */
  private newest: string | undefined;
  /** Since when all lists have been too old. */
  private oldListsSinceMs: number | undefined;
  /** Whether the watch that just ended was worth reopening at once. */
  private wasSound = false;
  /** The code of the failure that lasts; logged once, not once a retry. */
  private failing: string | undefined;

  constructor(options: ListWatchOptions) {
    this.options = options;
    this.limits = options.limits ?? LIST_WATCH_LIMITS;
    this.backoff = new Backoff(this.limits.backoffMsMin, this.limits.backoffMsMax, options.random);
  }

  async run(): Promise<void> {
    const { signal, clock } = this.options;
    while (!signal.aborted) {
      this.wasSound = false;
      const error = await this.step();
      if (signal.aborted) return;
      if (error?.code === 'expired') this.version = undefined;
      this.report(error);
      if (this.wasSound) this.backoff.reset();
      else await clock.sleep(this.backoff.failed(), signal);
    }
  }

  /** Lists if needed, then watches until the watch ends. Returns why it ended, undefined for a clean close. */
  private async step(): Promise<OperationError | undefined> {
    const { http, target, sink, signal } = this.options;
    if (this.version === undefined) {
      const { kind } = target;
      const take: TakePage = (objects, resourceVersion) => {
        const disbelief = this.disbelief(resourceVersion);
        if (disbelief !== undefined) throw disbelief;
        sink({ type: 'listing', kind, objects });
      };
      const list = await completeList(http, target, signal, take).catch(asOperationError);
      if (list instanceof OperationError) return list;
      if (signal.aborted) return undefined;
      const disbelief = this.disbelief(list.resourceVersion);
      if (disbelief !== undefined) return disbelief;
      this.version = list.resourceVersion;
      this.newest = list.resourceVersion;
      this.recovered();
      sink({ type: 'replaced', kind, objects: list.objects, listed: list.listed });
    }
    return this.watch(this.version);
  }

  /** The error of a list that is too old to be true: not even its first page is told. */
  private disbelief(version: string): OperationError | undefined {
    return this.isTooOld(version)
      ? errorOfOldList(`list ${this.options.target.kind}`, version, this.newest)
      : undefined;
  }

  /** Whether a list is to be read again. What it lacks may be newer than it is, and would look gone. */
  private isTooOld(version: string): boolean {
    if (later(this.newest, version) === version) {
      this.oldListsSinceMs = undefined;
      return false;
    }
    const nowMs = this.options.clock.nowMs();
    this.oldListsSinceMs ??= nowMs;
    return nowMs - this.oldListsSinceMs < this.limits.oldListMsMax;
  }

  private async watch(version: string): Promise<OperationError | undefined> {
    const { clock } = this.options;
    const openedAtMs = clock.nowMs();
    try {
      for await (const batch of this.open(version)) {
        for (const line of batch) {
          if (line.type === 'ERROR') return errorFromWatchEvent(this.action(), line.object);
          this.take(line);
        }
        if (this.options.signal.aborted) return undefined;
      }
      return undefined;
    } catch (error) {
      if (error instanceof SinkError) throw error.cause;
      return asOperationError(error);
    } finally {
      if (clock.nowMs() - openedAtMs >= this.limits.soundMsMin) this.wasSound = true;
    }
  }

  /** The lines of a new watch; every failure of the connection leaves it as an OperationError. */
  private async *open(version: string): AsyncGenerator<readonly WatchLine[]> {
    const { http, target, signal, random } = this.options;
    const action = this.action();
    const incoming = await http.stream({
      method: 'GET',
      path: target.path,
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        timeoutSeconds: String(Math.round(this.limits.watchSecondsMin * (1 + random()))),
        ...(target.fieldSelector === undefined ? {} : { fieldSelector: target.fieldSelector }),
      },
      action,
      signal,
      timeoutMs: this.limits.silentMsMax,
    });
    this.recovered();
    try {
      yield* watchLines(incoming, this.limits.silentMsMax);
    } catch (cause) {
      throw errorFromFailure(action, cause);
    }
  }

  private take({ type, object }: WatchLine): void {
    this.wasSound = true;
    this.version = later(this.version, object.metadata.resourceVersion);
    this.newest = this.version;
    if (type === 'BOOKMARK') return;
    const { target, sink } = this.options;
    try {
      sink({
        type: type === 'DELETED' ? 'removed' : 'changed',
        kind: target.kind,
        object: withoutManagedFields(object),
      });
    } catch (cause) {
      throw new SinkError(cause);
    }
  }

  private report(error: OperationError | undefined): void {
    const { telemetry, target } = this.options;
    telemetry.count('karpenter_kubernetes_watch_restarts', { kind: target.kind, cause: error?.code ?? 'closed' });
    if (error === undefined) return;
    const isNews = this.failing !== error.code && !(error.code === 'expired' || this.wasSound);
    telemetry.log(isNews ? 'warn' : 'debug', LOGGER, 'cannot follow, trying again', {
      kind: target.kind,
      code: error.code,
      error: error.message,
      ...(error.code === 'not-found' ? { hint: 'is its CustomResourceDefinition installed?' } : {}),
    });
    if (isNews) this.failing = error.code;
  }

  private recovered(): void {
    if (this.failing === undefined) return;
    this.options.telemetry.log('info', LOGGER, 'following again', {
      kind: this.options.target.kind,
      after: this.failing,
    });
    this.failing = undefined;
  }

  private action(): string {
    return `watch ${this.options.target.kind}`;
  }
}

/** Carries what `sink` threw past the handling of connection failures: it is our bug, and not to be retried. */
class SinkError extends Error {
  constructor(cause: unknown) {
    super('sink failed', { cause });
  }
}

function asOperationError(error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  throw error;
}

/** The later of two versions. Where they are numbers, an event out of order does not move the place to resume from back. */
function later(known: string | undefined, seen: string | undefined): string | undefined {
  if (seen === undefined) return known;
  if (known === undefined || !/^\d+$/.test(known) || !/^\d+$/.test(seen)) return seen;
  return BigInt(seen) >= BigInt(known) ? seen : known;
}
