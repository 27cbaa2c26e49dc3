import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { VersionedChange } from '../change-history.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import type { StatusError } from '../object-store.ts';
import type { ServedKind } from '../served-kind.ts';
import { expired } from '../status-errors.ts';
import { failureStatus } from './http-exchange.ts';
import { bookmarkObject, type Representation } from './representation.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export interface WatchOptions {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly matches: (object: KubeObject) => boolean;
  readonly representation: Representation;
  /** Undefined: begin with what there is. */
  readonly fromVersion: number | undefined;
  readonly wantsBookmarks: boolean;
  /** A bookmark tells the end of what there was at the start. */
  readonly marksInitialEvents: boolean;
}

/**
 * One watch: a cursor in the history of its kind, and a response that it writes to. A client that reads slowly is waited for; when the
 * history has moved past its cursor meanwhile, the watch ends with 410, as on a real server.
 */
export class WatchStream {
  readonly kind: ServedKind;
  readonly #store: MemoryObjectStore;
  readonly #response: ServerResponse;
  readonly #options: WatchOptions;
  #cursor: number;
  #owesInitialEvents: boolean;
  #isOpen = true;
  #isFull = false;

  constructor(store: MemoryObjectStore, response: ServerResponse, options: WatchOptions) {
    this.kind = options.kind;
    this.#store = store;
    this.#response = response;
    this.#options = options;
    this.#cursor = options.fromVersion ?? 0;
    this.#owesInitialEvents = options.fromVersion === undefined;
    response.on('drain', () => {
      this.#isFull = false;
      this.pump();
    });
  }

  /** Sends the header, so that the client knows it is served. */
  start(): void {
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
  }

  /** Sends what there is, if that is owed, and the changes since the last call, as far as the client takes them. */
  pump(): void {
    if (!this.#isOpen || this.#isFull) return;
    if (this.#owesInitialEvents) this.#sendInitialEvents();
    const changes = this.#store.changesSince(this.kind.kind, this.#cursor);
    if (changes === undefined)
      return this.#fail(expired(`too old resource version: ${this.#cursor} (${this.#store.resourceVersion()})`));
    for (const change of changes) {
      this.#cursor = change.version;
      this.#sendChange(change);
      // The rest waits in the history until the client has read on.
      if (this.#isFull) return;
    }
  }

  /** Tells a client that asked for it how far it has seen everything. */
  bookmark(): void {
    if (!this.#options.wantsBookmarks || this.#owesInitialEvents || !this.#isOpen || this.#isFull) return;
    this.#cursor = Math.max(this.#cursor, Number(this.#store.resourceVersion()));
    this.#write('BOOKMARK', bookmarkObject(this.kind, this.#cursor));
  }

  /** Ends the response as a server does whose time is up. */
  close(): void {
    this.#isOpen = false;
    this.#response.end();
  }

  /** Breaks the connection, as a network does. */
  cut(): void {
    this.#isOpen = false;
    this.#response.destroy();
  }

  #sendInitialEvents(): void {
    const { kind, namespace, matches, marksInitialEvents } = this.#options;
    this.#owesInitialEvents = false;
    this.#cursor = Number(this.#store.resourceVersion());
    for (const object of this.#store.list(kind.kind, namespace)) if (matches(object)) this.#send('ADDED', object);
    if (marksInitialEvents)
      this.#write('BOOKMARK', bookmarkObject(kind, this.#cursor, { [INITIAL_EVENTS_END]: 'true' }));
  }

  /** With a selection, an object enters it and leaves it, whatever really happened. */
  #sendChange(change: VersionedChange): void {
    const { namespace, matches } = this.#options;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
    const did = change.previous !== undefined && matches(change.previous);
    const does = change.type !== 'DELETED' && matches(change.object);
    if (does) this.#send(did ? 'MODIFIED' : 'ADDED', change.object);
    else if (did) this.#send('DELETED', change.object);
  }

  #send(type: string, object: KubeObject): void {
    this.#write(type, this.#options.representation.object(object));
  }

  #fail(error: StatusError): void {
    this.#write('ERROR', failureStatus(error));
    this.close();
  }

  #write(type: string, object: unknown): void {
    if (!this.#response.write(`${JSON.stringify({ type, object })}\n`)) this.#isFull = true;
  }
}
