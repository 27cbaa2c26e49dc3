import type { PodManifest, PodSpecManifest, Problem, TaintManifest } from '../problem/problem-file.ts';
import { admits, type Labels, repellingTaint } from './matching.ts';

/** A DaemonSet's pod. */
export interface Daemon {
  readonly name: string;
  readonly spec: PodSpecManifest;
}

/** The daemons that run, sooner or later, on a node of this name (absent while it is planned), these labels and taints. */
export function daemonsOn(
  { daemonSets = [] }: Problem,
  {
    name: nodeName,
    labels,
    taints,
  }: { readonly name?: string; readonly labels: Labels; readonly taints: readonly TaintManifest[] },
): readonly Daemon[] {
  return daemonSets
    .map(({ metadata, spec }) => ({ name: metadata.name, spec: spec.template.spec }))
    .filter(({ spec }) => admits(spec, labels, nodeName) && repellingTaint(taints, spec.tolerations) === undefined);
}

/** Whether the pod is one of the DaemonSet's. */
export function isDaemonOf(name: string, { metadata }: PodManifest): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.kind === 'DaemonSet' && owner.name === name);
}
