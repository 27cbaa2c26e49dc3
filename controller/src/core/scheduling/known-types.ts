import type { DaemonDemand, ProvisionerModel } from '../cluster-snapshot.ts';
import type { InstanceType } from '../instance-type.ts';
import { toExpressions } from '../requirements.ts';
import { launchableTypes } from './launchable-types.ts';
import { TypeIndex } from './type-index.ts';

/** Provisioners that share one list of types, and changes of theirs, that are remembered; the oldest is forgotten first. */
const REMEMBERED_MAX = 32;

const known = new WeakMap<readonly InstanceType[], Map<string, TypeIndex>>();

/**
 * Returns the types that a Provisioner could launch, as an index. The list of types of a Provisioner stays the same object from plan to
 * plan, so what was worked out of it is kept as long as it is: a plan for one pod would else spend most of its time on that.
 */
export function typeIndexOf(
  model: ProvisionerModel,
  daemons: readonly DaemonDemand[],
  allowUndefined: ReadonlySet<string>,
): TypeIndex {
  const question = JSON.stringify([toExpressions(model.requirements), model.taints, daemons, [...allowUndefined]]);
  const ofList = known.get(model.instanceTypes) ?? new Map<string, TypeIndex>();
  known.set(model.instanceTypes, ofList);
  let index = ofList.get(question);
  if (index === undefined) {
    index = new TypeIndex(launchableTypes(model, daemons, allowUndefined));
    const [oldest] = ofList.keys();
    if (ofList.size === REMEMBERED_MAX && oldest !== undefined) ofList.delete(oldest);
    ofList.set(question, index);
  }
  return index;
}
