import type { KubeObject, OwnerReference } from '../../../src/api/meta.ts';
import {
  isControlledBy,
  isTerminal,
  listOf,
  type Pod,
  type PodSpec,
  type PodTemplate,
} from '../../kube/built-in-kinds.ts';
import { hash32 } from '../../seeded-random.ts';
import { involved } from '../event-recorder.ts';
import type { Stage } from '../stage.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The owner as its dependants refer to it. */
export function controllerRef(apiVersion: string, kind: string, { metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

/** The pods that the owner controls, by name. */
export function podsOf(stage: Stage, owner: KubeObject): readonly Pod[] {
  return listOf(stage.store, 'Pod', owner.metadata.namespace).filter((pod) => isControlledBy(pod, owner));
}

/** True for a pod that counts: neither at its end nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export interface PodToMake {
  readonly owner: KubeObject;
  readonly ownerRef: OwnerReference;
  readonly template: PodTemplate;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: PodSpec;
}

/** Makes a pod from the owner's template; a refusal by the store goes up. */
export function createPod(
  stage: Stage,
  { owner, ownerRef, template, labels, finalizers, spec = template.spec }: PodToMake,
): void {
  const { name, namespace = 'default' } = owner.metadata;
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: stage.ids.next(`${name}-`),
      namespace,
      generateName: `${name}-`,
      labels: { ...template.metadata?.labels, ...labels },
      ownerReferences: [ownerRef],
      ...(template.metadata?.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
    },
    spec,
  };
  const { metadata } = stage.store.create('Pod', pod);
  const message = `Created pod: ${metadata.name}`;
  const about = involved(owner, ownerRef.apiVersion, ownerRef.kind);
  stage.events.record(componentOf(ownerRef.kind), { about, type: 'Normal', reason: 'SuccessfulCreate', message });
}

/** Deletes the pod with its usual grace. */
export function deletePod(stage: Stage, owner: KubeObject, ownerRef: OwnerReference, { metadata }: Pod): void {
  stage.store.delete('Pod', metadata.name, metadata.namespace);
  const message = `Deleted pod: ${metadata.name}`;
  const about = involved(owner, ownerRef.apiVersion, ownerRef.kind);
  stage.events.record(componentOf(ownerRef.kind), { about, type: 'Normal', reason: 'SuccessfulDelete', message });
}

/** The name under which the real controller of a kind signs its events. */
export function componentOf(kind: string): string {
  return `${kind.toLowerCase()}-controller`;
}

/** A short name for what a template says, in the letters that Kubernetes uses: equal templates, equal hash. */
export function templateHash(template: PodTemplate): string {
  const digits = String(hash32(canonical(template)));
  return [...digits].map((digit) => ALPHABET.charAt(digit.charCodeAt(0) % ALPHABET.length)).join('');
}

/** JSON with sorted keys; what is undefined is left out. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
