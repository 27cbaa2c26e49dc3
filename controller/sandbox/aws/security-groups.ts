import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { SecurityGroup } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';

/** Security groups that pass all filters. `ids` that do not exist throw InvalidGroup.NotFound. */
export function describeSecurityGroups(
  model: CloudModel,
  filters: readonly Filter[],
  ids: readonly string[] = [],
): readonly SecurityGroup[] {
  ids.forEach((id) => requireSecurityGroup(model, id));
  const passes = filterTest<SecurityGroup>(
    filters,
    (group) => group.tags,
    (group, name) => groupField(model, group, name),
  );
  return model.state.securityGroups.filter((group) => (ids.length === 0 || ids.includes(group.id)) && passes(group));
}

function groupField(model: CloudModel, group: SecurityGroup, name: string): readonly string[] | undefined {
  switch (name) {
    case 'group-id':
      return [group.id];
    case 'group-name':
      return [group.name];
    case 'vpc-id':
      return [model.state.vpcId];
    default:
      return undefined;
  }
}

/** The group, or a thrown InvalidGroup.NotFound. */
export function requireSecurityGroup(model: CloudModel, id: string): SecurityGroup {
  const group = model.state.securityGroups.find((candidate) => candidate.id === id);
  if (group === undefined) throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  return group;
}
