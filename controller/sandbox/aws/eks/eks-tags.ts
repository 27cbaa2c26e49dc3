import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';

/** The tags of the cluster, an access entry or a pod identity, by ARN. */
export function eksTags(model: CloudModel, arn: string): Readonly<Record<string, string>> {
  return requireTagged(model, arn).tags;
}

/** Adds tags, or gives them other values. */
export function tagEks(model: CloudModel, arn: string, tags: Readonly<Record<string, string>>): void {
  const thing = requireTagged(model, arn);
  const merged = { ...thing.tags, ...tags };
  checkTags(merged, { invalid: 'BadRequestException', tooMany: 'BadRequestException' });
  thing.tags = merged;
}

/** Removes tags; absent ones are no error. */
export function untagEks(model: CloudModel, arn: string, keys: readonly string[]): void {
  const thing = requireTagged(model, arn);
  thing.tags = Object.fromEntries(Object.entries(thing.tags).filter(([key]) => !keys.includes(key)));
}

function requireTagged({ state }: CloudModel, arn: string): { tags: Record<string, string> } {
  const { cluster, region, accountId, accessEntries, podIdentities } = state;
  if (arn === `arn:aws:eks:${region}:${accountId}:cluster/${cluster.name}`) return cluster;
  const thing = [...Object.values(accessEntries), ...Object.values(podIdentities)].find(
    (candidate) => candidate.arn === arn,
  );
  if (thing === undefined) throw new AwsError('NotFoundException', `Resource ${arn} was not found`, 404);
  return thing;
}
