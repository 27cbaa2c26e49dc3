import type { PodManifest, PodSpecManifest, Problem, TaintManifest } from '../problem/problem-file.ts';
import { admits, type Labels, repellingTaint } from './matching.ts';

/** Specs of the daemons that run, sooner or later, on a node of these labels and taints. */
export function daemonsOn(
  { daemonSets = [] }: Problem,
  { labels, taints }: { readonly labels: Labels; readonly taints: readonly TaintManifest[] },
): { readonly name: string; readonly spec: PodSpecManifest }[] {
  return daemonSets
    .map(({ metadata, spec }) => ({ name: metadata.name, spec: spec.template.spec }))
    .filter(({ spec }) => admits(spec, labels) && repellingTaint(taints, spec.tolerations) === undefined);
}

/** Whether the pod is one of the DaemonSet's. */
export function isDaemonOf(name: string, { metadata }: PodManifest): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.kind === 'DaemonSet' && owner.name === name);
}
