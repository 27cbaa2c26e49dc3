import type { KubeObject } from '../../src/api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import type { KubeEvent, KubePort, ObjectEvent, ObjectName, PatchOptions, WatchedKind } from '../../src/ports/kube.ts';
import type { Faults } from '../faults.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Timers } from '../timers.ts';
import { createEventRecorder, type EventRecorder } from '../world/event-recorder.ts';
import { evictPod } from './eviction.ts';
import { followStore } from './follow-store.ts';
import { operationErrorOf } from './in-process-errors.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';
import { StatusError } from './object-store.ts';

/** Half of a call: on its way to the API server, and its answer on the way back. */
const HALF_CALL_MS_MIN = 1;
const HALF_CALL_MS_MAX = 5;
/** What the real adapter cuts messages to. */
const MESSAGE_LENGTH_MAX = 1024;
const COMPONENT = 'karpenter';

export interface InProcessKubePortOptions {
  readonly store: MemoryObjectStore;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly random: SeededRandom;
  /** The controller's namespace: `follow('ConfigMap')` follows only the settings there. */
  readonly namespace: string;
}

/**
 * `KubePort` straight on the store. Every call takes seeded milliseconds on either side of its effect, and what `follow`
 * tells comes later than that: nobody reads his own writes, and a crash can fall between an effect and its answer.
 */
export function createInProcessKubePort(options: InProcessKubePortOptions): KubePort {
  return new InProcessKubePort(options);
}

class InProcessKubePort implements KubePort {
  readonly #options: InProcessKubePortOptions;
  readonly #callDelays: SeededRandom;
  readonly #events: EventRecorder;

  constructor(options: InProcessKubePortOptions) {
    this.#options = options;
    this.#callDelays = options.random.fork('kube/calls');
    this.#events = createEventRecorder(options.store, options.timers);
  }

  follow(kind: WatchedKind, sink: (event: KubeEvent) => void, signal: AbortSignal): Promise<void> {
    const { namespace, random } = this.#options;
    const isFollowed = ({ metadata }: KubeObject): boolean =>
      kind !== 'ConfigMap' || (metadata.namespace === namespace && metadata.name === SETTINGS_CONFIG_MAP);
    return followStore({ ...this.#options, random: random.fork(`kube/${kind}`), kind, isFollowed, sink, signal });
  }

  get({ kind, name, namespace }: ObjectName): Promise<KubeObject | undefined> {
    return this.#call((store) => store.get(kind, name, namespace));
  }

  podsOn(nodeName: string): Promise<readonly KubeObject[]> {
    return this.#call((store) => store.list('Pod').filter(({ spec }) => Object(spec).nodeName === nodeName));
  }

  create(kind: WatchedKind, object: KubeObject): Promise<KubeObject> {
    return this.#call((store) => store.create(kind, object));
  }

  patch(name: ObjectName, patch: Readonly<Record<string, unknown>>, options: PatchOptions = {}): Promise<KubeObject> {
    const { resourceVersion, subresource } = options;
    const metadata = { ...(patch['metadata'] as object | undefined), resourceVersion };
    const guarded = resourceVersion === undefined ? patch : { ...patch, metadata };
    return this.#call((store) =>
      store.mergePatch(name.kind, name.name, name.namespace, guarded, subresource === undefined ? {} : { subresource }),
    );
  }

  delete({ kind, name, namespace }: ObjectName, uid: string): Promise<void> {
    return this.#call((store) => {
      if (store.get(kind, name, namespace)?.metadata.uid === uid) store.delete(kind, name, namespace, { uid });
    });
  }

  evict(pod: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  }): ReturnType<KubePort['evict']> {
    return this.#call((store) => {
      try {
        evictPod(store, pod);
        return 'evicted';
      } catch (error) {
        const code = error instanceof StatusError ? error.code : undefined;
        if (code === 404 || code === 409) return 'gone';
        if (code === 429) return 'disruption-budget';
        throw error;
      }
    });
  }

  emit({ object, type, reason, message }: ObjectEvent): void {
    const event = { about: object, type, reason, message: message.slice(0, MESSAGE_LENGTH_MAX) };
    this.#options.timers.after(this.#halfCallMs(), () => this.#events.record(COMPONENT, event));
  }

  /** Runs the effect between two delays; the store's refusals become `OperationError`s. */
  #call<T>(effect: (store: MemoryObjectStore) => T): Promise<T> {
    const { store, timers } = this.#options;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => void timers.after(this.#halfCallMs(), settle);
      timers.after(this.#halfCallMs(), () => {
        try {
          const result = effect(store);
          answer(() => resolve(result));
        } catch (error) {
          answer(() => reject(operationErrorOf(error)));
        }
      });
    });
  }

  #halfCallMs(): number {
    return this.#callDelays.integer(HALF_CALL_MS_MIN, HALF_CALL_MS_MAX);
  }
}
