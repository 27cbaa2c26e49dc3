import type { AWSNodeTemplate } from '../api/aws-node-template.gen.ts';
import type { Machine } from '../api/machine.gen.ts';
import type { KubeObject, ObjectMeta } from '../api/meta.ts';
import type { Provisioner, TaintSpec } from '../api/provisioner.gen.ts';
import { decodeDaemonSet } from '../decode/daemonset.ts';
import { decodeNamespace } from '../decode/namespace.ts';
import { decodeNode } from '../decode/node.ts';
import { createSharedValues } from '../decode/shared-values.ts';
import { isUndecodable } from '../decode/undecodable.ts';
import type { KubeEvent, ListedName, WatchedKind } from '../ports/kube.ts';
import { DaemonIndex } from './daemon-index.ts';
import { NamespaceIndex } from './namespace-index.ts';
import { PodIndex } from './pod-index.ts';
import {
  type MachineRecord,
  machineRecord,
  type NodeRecord,
  type ProvisionerRecord,
  provisionerRecord,
} from './records.ts';
import { StorageIndex, storageKindOf } from './storage-index.ts';

/** Kinds without whose complete list no decision is taken. */
const DECISIVE_KINDS: readonly WatchedKind[] = [
  'Pod',
  'Node',
  'Namespace',
  'Machine',
  'Provisioner',
  'AWSNodeTemplate',
  'DaemonSet',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
  'CSINode',
];

/** Which object changed: what keyed loops put into their queues. */
export interface Change {
  readonly kind: WatchedKind;
  /** Empty: a whole list was taken in. */
  readonly name: string;
  readonly namespace?: string;
  /** The nodes a changed pod is, or was, bound to. */
  readonly nodeNames?: readonly string[];
}

/**
 * The cluster as last heard of, folded from watch events. Nothing here is needed for correctness: a restart folds it anew from
 * the lists.
 */
export class ClusterState {
  readonly nodes = new Map<string, NodeRecord>();
  readonly machines = new Map<string, MachineRecord>();
  readonly provisioners = new Map<string, ProvisionerRecord>();
  readonly templates = new Map<string, AWSNodeTemplate>();
  readonly daemons = new DaemonIndex();
  readonly pods = new PodIndex();
  readonly namespaces = new NamespaceIndex();
  readonly storage = new StorageIndex();
  /** Data of the settings ConfigMap; undefined while there is none. */
  settingsData: Readonly<Record<string, string>> | undefined;

  readonly #nodeNameByProviderId = new Map<string, string>();
  readonly #machineNameByProviderId = new Map<string, string>();
  readonly #machineValues = createSharedValues();
  readonly #listed = new Set<WatchedKind>();
  /** Machines we created that no watch has shown yet, so that an older list cannot hide them. */
  readonly #unconfirmedMachines = new Set<string>();
  readonly #listeners: ((change: Change) => void)[] = [];

  /** True once every kind that decisions read has been listed completely. */
  isSynced(): boolean {
    return DECISIVE_KINDS.every((kind) => this.#listed.has(kind));
  }

  /** Calls `listener` after each change, synchronously. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Folds one watch event in. */
  apply(event: KubeEvent): void {
    if (event.type === 'replaced') {
      this.#replace(event.kind, event.objects, event.listed ?? []);
      return;
    }
    if (event.type === 'listing') {
      for (const object of event.objects) this.apply({ type: 'changed', kind: event.kind, object });
      return;
    }
    const { name, namespace, uid } = event.object.metadata;
    if (event.kind === 'Machine' && this.machines.get(name)?.machine.uid === uid)
      this.#unconfirmedMachines.delete(name);
    if (event.type === 'changed') this.#put(event.kind, event.object);
    else if ((this.#metadataOf(event.kind, name)?.uid ?? uid) === uid) this.#remove(event.kind, keyOf(name, namespace));
  }

  /**
   * Folds in what the API answered to a read or a write of ours, if we still know the object. One that we do not know any more was
   * removed while the answer was on its way: it must not come back.
   */
  applyAnswer(kind: WatchedKind, object: KubeObject): void {
    if (this.#metadataOf(kind, object.metadata.name)?.uid === object.metadata.uid) this.#put(kind, object);
  }

  /**
   * Folds in a Machine that we have just created, before any watch shows it: its capacity counts from the decision on.
   * It stays through lists that lack it until a watch has shown it, or `forgetMachine` says that it is no more.
   */
  addCreatedMachine(object: KubeObject): void {
    this.#unconfirmedMachines.add(object.metadata.name);
    this.#put('Machine', object);
  }

  /** Drops a Machine that a live read did not find. */
  forgetMachine(name: string): void {
    this.#unconfirmedMachines.delete(name);
    if (this.machines.has(name)) this.#remove('Machine', name);
  }

  /**
   * Folds in the pods that `look` finds bound to a node in the API; those it does not know any more are gone. What the watch says while the
   * answer is on its way is newer: a pod that went would come back for good, and hold up its node; one that came would be overlooked.
   */
  async lookAtPodsOn(nodeName: string, look: () => Promise<readonly KubeObject[]>): Promise<readonly KubeObject[]> {
    const [objects, heard] = await this.pods.whileLooking(look);
    const standing = objects.filter(({ metadata }) => !heard.removed.has(keyOf(metadata.name, metadata.namespace)));
    const uids = new Set(standing.map(({ metadata }) => metadata.uid));
    for (const { demand } of this.pods.on(nodeName)) {
      const key = keyOf(demand.name, demand.namespace);
      if (!uids.has(demand.uid) && !heard.told.has(key)) this.#remove('Pod', key);
    }
    for (const object of standing) this.#put('Pod', object);
    return standing;
  }

  nodeByProviderId(providerId: string): NodeRecord | undefined {
    return this.nodes.get(this.#nodeNameByProviderId.get(providerId) ?? '');
  }

  machineByProviderId(providerId: string): MachineRecord | undefined {
    return this.machines.get(this.#machineNameByProviderId.get(providerId) ?? '');
  }

  /** Machines of a Provisioner, by name. */
  machinesOf(provisionerName: string): readonly MachineRecord[] {
    return [...this.machines.values()]
      .filter(({ machine }) => machine.provisionerName === provisionerName)
      .sort((a, b) => (a.machine.name < b.machine.name ? -1 : 1));
  }

  #replace(kind: WatchedKind, objects: readonly KubeObject[], earlier: readonly ListedName[]): void {
    const names = [...earlier, ...objects.map(({ metadata }) => metadata)];
    const listed = new Set(names.map(({ name, namespace }) => keyOf(name, namespace)));
    for (const key of this.#keys(kind)) {
      if (!listed.has(key) && !(kind === 'Machine' && this.#unconfirmedMachines.has(key))) this.#remove(kind, key);
    }
    for (const object of objects) {
      if (kind === 'Machine') this.#unconfirmedMachines.delete(object.metadata.name);
      this.#put(kind, object);
    }
    this.#listed.add(kind);
    this.#tell({ kind, name: '' });
  }

  #keys(kind: WatchedKind): readonly string[] {
    if (kind === 'Pod') return [...this.pods.keys()];
    if (kind === 'Namespace') return [...this.namespaces.names()];
    if (kind === 'DaemonSet') return [...this.daemons.keys()];
    if (kind === 'ConfigMap') return this.settingsData === undefined ? [] : [''];
    return [...(this.#recordsOf(kind)?.keys() ?? [])];
  }

  #recordsOf(kind: WatchedKind): Map<string, unknown> | undefined {
    switch (kind) {
      case 'Node':
        return this.nodes;
      case 'Machine':
        return this.machines;
      case 'Provisioner':
        return this.provisioners;
      case 'AWSNodeTemplate':
        return this.templates;
      default: {
        const storageKind = storageKindOf(kind);
        return storageKind === undefined ? undefined : this.storage.records(storageKind);
      }
    }
  }

  #put(kind: WatchedKind, object: KubeObject): void {
    const { name, namespace } = object.metadata;
    const key = keyOf(name, namespace);
    if (isKnown(object.metadata, this.#metadataOf(kind, name))) return;
    let nodeNames: readonly string[] = [];
    switch (kind) {
      case 'Pod':
        nodeNames = this.#putPod(key, object);
        break;
      case 'Node':
        if (!this.#putNode(object)) return;
        break;
      case 'Namespace':
        this.namespaces.put(decodeNamespace(object));
        break;
      case 'Machine':
        this.#putMachine(object as unknown as Machine);
        break;
      case 'Provisioner':
        this.provisioners.set(name, provisionerRecord(object as unknown as Provisioner));
        break;
      case 'AWSNodeTemplate':
        this.templates.set(name, object as unknown as AWSNodeTemplate);
        break;
      case 'DaemonSet':
        this.#putDaemonSet(key, object);
        break;
      case 'ConfigMap':
        this.settingsData = (object.data ?? {}) as Record<string, string>;
        break;
      case 'PersistentVolumeClaim':
      case 'PersistentVolume':
      case 'StorageClass':
      case 'CSINode':
        this.storage.put(kind, key, object);
        break;
      case 'PodDisruptionBudget':
        // The Eviction API judges budgets; no decision of ours reads them yet.
        break;
    }
    this.#tell({ kind, name, ...(namespace === undefined ? {} : { namespace }), nodeNames });
  }

  /** Returns the nodes the pod is and was bound to. */
  #putPod(key: string, object: KubeObject): readonly string[] {
    const nodeNames = this.pods.put(key, object);
    const pod = this.pods.get(object.metadata.uid ?? '');
    if (pod !== undefined) this.daemons.learn(pod);
    return nodeNames;
  }

  /** False when only the version is new: kubelets tell that they live, thousands of them, and nobody decides anything by that. */
  #putNode(object: KubeObject): boolean {
    const node = decodeNode(object);
    // The name comes back with another instance when an address is used again.
    const before = this.nodes.get(node.name);
    const providerIdBefore = before?.node.providerId;
    if (providerIdBefore !== node.providerId) forgetId(this.#nodeNameByProviderId, providerIdBefore, node.name);
    const { taints = [] } = (object.spec ?? {}) as { taints?: readonly TaintSpec[] };
    const record = { node, metadata: object.metadata, rawTaints: taints };
    this.nodes.set(node.name, record);
    if (node.providerId !== undefined) this.#nodeNameByProviderId.set(node.providerId, node.name);
    return before === undefined || contentOf(before) !== contentOf(record);
  }

  #putMachine(object: Machine): void {
    const record = machineRecord(object, this.#machineValues);
    const { name, providerId } = record.machine;
    const before = this.machines.get(name)?.machine.providerId;
    if (before !== providerId) forgetId(this.#machineNameByProviderId, before, name);
    this.machines.set(name, record);
    if (providerId !== undefined) this.#machineNameByProviderId.set(providerId, name);
  }

  /** A DaemonSet that cannot be read weighs nothing: better a node too small for it than no node at all. */
  #putDaemonSet(key: string, object: KubeObject): void {
    const daemon = decodeDaemonSet(object);
    if (isUndecodable(daemon)) this.daemons.remove(key);
    else this.daemons.put(key, daemon);
  }

  #remove(kind: WatchedKind, key: string): void {
    let nodeNames: readonly string[] = [];
    if (kind === 'Pod') nodeNames = this.pods.remove(key);
    if (kind === 'Namespace') this.namespaces.remove(key);
    if (kind === 'DaemonSet') this.daemons.remove(key);
    if (kind === 'Node') forgetId(this.#nodeNameByProviderId, this.nodes.get(key)?.node.providerId, key);
    if (kind === 'Machine') forgetId(this.#machineNameByProviderId, this.machines.get(key)?.machine.providerId, key);
    if (kind === 'ConfigMap') this.settingsData = undefined;
    const storageKind = storageKindOf(kind);
    if (storageKind !== undefined) this.storage.remove(storageKind, key);
    else this.#recordsOf(kind)?.delete(key);
    const slash = key.indexOf('/');
    const where = slash < 0 ? {} : { namespace: key.slice(0, slash) };
    this.#tell({ kind, name: key.slice(slash + 1), ...where, nodeNames });
  }

  /** Metadata of our copy, for the kinds that we write ourselves: a late watch event must not undo what a write has shown us. */
  #metadataOf(kind: WatchedKind, name: string): ObjectMeta | undefined {
    if (kind === 'Node') return this.nodes.get(name)?.metadata;
    if (kind === 'Machine') return this.machines.get(name)?.object.metadata;
    if (kind === 'Provisioner') return this.provisioners.get(name)?.object.metadata;
    if (kind === 'AWSNodeTemplate') return this.templates.get(name)?.metadata;
    return undefined;
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/**
 * True when `next` tells nothing new: it is the copy we have, an older one, or a former object of that name. Versions of one resource
 * grow (Kubernetes 1.35 made that a promise).
 */
function isKnown(next: ObjectMeta, known: ObjectMeta | undefined): boolean {
  return known !== undefined && Number(next.resourceVersion) <= Number(known.resourceVersion);
}

/** All that the state keeps of a Node, but for its version. */
function contentOf({ node, metadata, rawTaints }: NodeRecord): string {
  return JSON.stringify([node, { ...metadata, resourceVersion: undefined }, rawTaints]);
}

function forgetId(names: Map<string, string>, providerId: string | undefined, name: string): void {
  if (providerId !== undefined && names.get(providerId) === name) names.delete(providerId);
}

function keyOf(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
