import type { KubeObject, ObjectMeta } from '../api/meta.ts';
import { Field } from '../decode/field.ts';
import { namespaceOf } from '../decode/namespace.ts';
import type { DecodedPod } from '../decode/pod.ts';
import { createPodDecoder } from '../decode/pod-decoder.ts';
import { isUndecodable } from '../decode/undecodable.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type FileFindings, insideOf } from './findings.ts';
import { podPartProblems } from './part-problems.ts';
import { copyName, type PendingPods, positionalUid } from './pending-pods.ts';
import { PodNames } from './pod-names.ts';
import type { StorageIntake } from './storage-intake.ts';

/** When a pod was made that does not say it. */
const CREATED_AT = '2026-01-01T00:00:00Z';
/** Pods in one problem, sets included: more than any cluster runs, few enough to be counted. */
const PODS_MAX = 10_000_000;

/** Where something stands, for what is found wrong with it later. */
interface Place {
  readonly field: Field;
  readonly findings: FileFindings;
}

/**
 * Takes the pods of a problem in, one by one: those with a node into the state, the others into the list of those to place. A set stays
 * one pod with a count. Pods come before sets, whatever their order in the files.
 */
export class PodIntake {
  readonly #state: ClusterState;
  readonly #decodePod = createPodDecoder();
  readonly #storage: StorageIntake;
  readonly #names = new PodNames();
  readonly #pending: PendingPods[] = [];
  /** Those of all pods. */
  readonly #namespaces = new Set<string>();
  readonly #sets: Place[] = [];
  /** Bound to nodes that had not been read yet. */
  readonly #unresolved: (Place & { readonly nodeName: string })[] = [];
  /** Pods so far: the position of the next. */
  #count = 0;
  #boundCount = 0;

  constructor(state: ClusterState, storage: StorageIntake) {
    this.#state = state;
    this.#storage = storage;
  }

  get boundCount(): number {
    return this.#boundCount;
  }

  /** Takes one pod in. */
  add(field: Field, findings: FileFindings): void {
    const { value } = field;
    const object = completed(value, this.#count);
    this.#count += 1;
    const pod = this.#decode({ field, findings }, object);
    if (pod === undefined) return;
    const { demand, claims, nodeName } = pod;
    const { uid, namespace, name } = demand;
    const isStated = object.metadata.uid === (value as KubeObject).metadata.uid;
    if (!this.#names.takeUid(uid, isStated)) {
      findings.add(insideOf(field, 'metadata.uid'), `another pod has the uid ${uid} already`);
    }
    if (!this.#names.takeName(namespace, name)) {
      findings.add(insideOf(field, 'metadata.name'), `another pod is named ${namespace}/${name} already`);
    }
    if (nodeName === undefined) this.#pending.push({ demand, claims });
    else this.#bind(object, nodeName, { field, findings });
  }

  /** Notes one set; its pods come after all single ones. */
  addSet(field: Field, findings: FileFindings): void {
    this.#sets.push({ field, findings });
  }

  /** Returns the pods to place, once all files are read; takes down the nodes that none of them has. */
  finish(): PendingPods[] {
    for (const [index, place] of this.#sets.entries()) this.#takeSet(place, `set${index}`);
    for (const { field, findings, nodeName } of this.#unresolved) {
      if (this.#state.nodes.has(nodeName)) continue;
      findings.add(insideOf(field, 'spec.nodeName'), `there is no node ${nodeName}`);
    }
    return this.#resolved();
  }

  /** The pods to place, with the namespaces that they choose. Of one that the files do not list nothing is known but its name. */
  #resolved(): PendingPods[] {
    const { namespaces } = this.#state;
    for (const name of this.#namespaces) if (!namespaces.has(name)) namespaces.put(namespaceOf(name));
    return this.#pending.map((pods) => {
      const demand = namespaces.resolve(pods.demand);
      return demand === pods.demand ? pods : { ...pods, demand };
    });
  }

  #takeSet({ field, findings }: Place, defaultName: string): void {
    const count = findings.read(() => field.at('count').integer());
    const template = findings.read(() => field.at('template'));
    if (count === undefined || template === undefined) return;
    if (count < 0 || this.#count + count > PODS_MAX) {
      findings.add(insideOf(field, 'count'), `must be between 0 and ${PODS_MAX} pods in all, is ${count}`);
      return;
    }
    const firstPosition = this.#count;
    this.#count += count;
    const object = completed(template.value, firstPosition, defaultName);
    const pod = this.#decode({ field: template, findings }, object);
    if (pod === undefined) return;
    const { demand, claims, nodeName } = pod;
    const { namespace, name } = demand;
    const taken = this.#names.takeSet({ namespace, name, count, firstPosition });
    if (taken !== undefined) findings.add(template.path, `another pod has the ${taken} already`);
    if (nodeName === undefined) {
      this.#pending.push({ demand, claims, copies: { count, firstPosition } });
      return;
    }
    for (let index = 0; index < count; index += 1) {
      const own = { name: copyName(name, index), uid: positionalUid(firstPosition + index) };
      const copy = { ...object, metadata: { ...object.metadata, ...own } };
      this.#bind(copy, nodeName, { field: template, findings });
    }
  }

  #decode({ field, findings }: Place, object: KubeObject): DecodedPod | undefined {
    const decoded = this.#decodePod(object);
    if (!isUndecodable(decoded)) {
      this.#namespaces.add(decoded.demand.namespace);
      if (decoded.claims.length > 0) this.#storage.noteVolumes(field, findings, decoded.demand.namespace);
      return decoded;
    }
    findings.addObject(field, decoded, podPartProblems(new Field('', object)));
    return undefined;
  }

  #bind(object: KubeObject, nodeName: string, place: Place): void {
    this.#boundCount += 1;
    this.#state.apply({ type: 'changed', kind: 'Pod', object });
    if (this.#state.nodes.has(nodeName)) return;
    // Only the path is kept, not the pod.
    this.#unresolved.push({ ...place, field: new Field(place.field.path, {}), nodeName });
  }
}

/** The pod with what the format adds to its metadata. */
function completed(value: unknown, position: number, defaultName?: string): KubeObject {
  const object = (typeof value === 'object' && value !== null ? value : {}) as KubeObject;
  const metadata: Partial<ObjectMeta> = object.metadata ?? {};
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(defaultName === undefined ? {} : { name: metadata.name ?? defaultName }),
      namespace: metadata.namespace || 'default',
      uid: metadata.uid || positionalUid(position),
      creationTimestamp: metadata.creationTimestamp ?? CREATED_AT,
    } as ObjectMeta,
  };
}
