import type { Timers } from '../timers.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

/** How often a terminating namespace is looked at while something in it holds on. */
const SWEEP_EVERY_MS = 250;

/** Empties namespaces that are being deleted and lets them go when nothing is left. Returns the end of it. */
export function startNamespaceLifecycle(store: MemoryObjectStore, timers: Timers): () => void {
  return store.watch('Namespace', ({ type, object }) => {
    if (type === 'MODIFIED' && object.metadata.deletionTimestamp !== undefined) {
      const { name, uid } = object.metadata;
      timers.after(0, () => sweep(store, timers, name, uid));
    }
  });
}

function sweep(store: MemoryObjectStore, timers: Timers, name: string, uid: string | undefined): void {
  if (store.get('Namespace', name)?.metadata.uid !== uid) return;
  const contents = store.kinds.all().filter((kind) => kind.namespaced);
  for (const { kind } of contents) {
    for (const object of store.list(kind, name)) {
      if (object.metadata.deletionTimestamp === undefined) store.delete(kind, object.metadata.name, name);
    }
  }
  if (contents.some(({ kind }) => store.list(kind, name).length > 0)) {
    timers.after(SWEEP_EVERY_MS, () => sweep(store, timers, name, uid));
    return;
  }
  store.modify('Namespace', name, undefined, (namespace) => ({ ...namespace, spec: { finalizers: [] } }));
}
