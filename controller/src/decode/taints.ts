import type { Taint, Toleration } from '../core/taints.ts';
import type { Field } from './field.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute', ''] as const;

/** The taints of a Node, Machine or Provisioner, inside an `attempt`. */
export function readTaints(field: Field): Taint[] {
  return field.items().map((taint) => ({
    key: taint.at('key').text(),
    value: taint.at('value').text(''),
    effect: taint.at('effect').oneOf(EFFECTS, ''),
  }));
}

/** The tolerations of a pod, inside an `attempt`. Without operator it is Equal, as the API defaults it. */
export function readTolerations(field: Field): Toleration[] {
  return field.items().map((toleration) => ({
    key: toleration.at('key').text(''),
    operator: toleration.at('operator').oneOf(['Exists', 'Equal'] as const, 'Equal'),
    value: toleration.at('value').text(''),
    effect: toleration.at('effect').oneOf(EFFECTS, ''),
  }));
}
