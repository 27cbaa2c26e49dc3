import { normalizeLabel } from './label-rules.ts';
import { ARCH_LABEL, CAPACITY_TYPE_LABEL, INSTANCE_LABELS, INSTANCE_TYPE_LABEL, OS_LABEL } from './names.ts';
import type { ProvisionerSpec, RequirementSpec } from './provisioner.gen.ts';

// Any of these says which machines are wanted, so the general-purpose families are not assumed.
const INSTANCE_CHOICE = [
  INSTANCE_TYPE_LABEL,
  INSTANCE_LABELS.family,
  INSTANCE_LABELS.category,
  INSTANCE_LABELS.generation,
];

/**
 * Returns the Provisioner's requirements followed by a default for everything left open: Linux, amd64, on-demand, and families c, m
 * and r from generation 3. A key under `labels` is not open: a default beside it could contradict it and leave nothing to buy.
 * For use in memory; the spec in the cluster stays as its author wrote it.
 */
export function defaultRequirements(
  spec: Pick<ProvisionerSpec, 'labels' | 'requirements'>,
): readonly RequirementSpec[] {
  const written = spec.requirements ?? [];
  const keys = [...written.map(({ key }) => key), ...Object.keys(spec.labels ?? {})];
  const present = new Set(keys.map(normalizeLabel));
  const defaults: RequirementSpec[] = [];
  if (!present.has(OS_LABEL)) defaults.push({ key: OS_LABEL, operator: 'In', values: ['linux'] });
  if (!present.has(ARCH_LABEL)) defaults.push({ key: ARCH_LABEL, operator: 'In', values: ['amd64'] });
  if (!present.has(CAPACITY_TYPE_LABEL)) {
    defaults.push({ key: CAPACITY_TYPE_LABEL, operator: 'In', values: ['on-demand'] });
  }
  if (!INSTANCE_CHOICE.some((key) => present.has(key))) {
    defaults.push({ key: INSTANCE_LABELS.category, operator: 'In', values: ['c', 'm', 'r'] });
    defaults.push({ key: INSTANCE_LABELS.generation, operator: 'Gt', values: ['2'] });
  }
  return [...written, ...defaults];
}
