import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';

const NAME_PATTERN = /^(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*$/;

export interface Repository {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly encryption: RepositoryEncryption;
  isImmutable: boolean;
  scansOnPush: boolean;
  /** JSON. */
  lifecyclePolicy?: string;
  images: RepositoryImage[];
  tags: Record<string, string>;
}

export interface RepositoryEncryption {
  readonly type: string;
  readonly kmsKey?: string;
}

export interface RepositoryImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedAtMs: number;
  tags: string[];
}

export interface RepositorySpec {
  readonly name: string;
  readonly isImmutable: boolean;
  readonly scansOnPush: boolean;
  readonly encryption: RepositoryEncryption;
  readonly tags: Readonly<Record<string, string>>;
}

/** A new, empty repository. */
export function createRepository(model: CloudModel, spec: RepositorySpec): Repository {
  const { repositories, region, accountId } = model.state;
  const { name } = spec;
  if (!NAME_PATTERN.test(name)) {
    throw new AwsError('InvalidParameterException', `Invalid parameter at 'repositoryName': '${name}'`);
  }
  checkRepositoryTags(spec.tags);
  if (Object.hasOwn(repositories, name)) {
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${accountId}'`,
    );
  }
  const repository: Repository = {
    ...spec,
    arn: `arn:aws:ecr:${region}:${accountId}:repository/${name}`,
    createdAtMs: model.timers.nowMs(),
    images: [],
    tags: { ...spec.tags },
  };
  repositories[name] = repository;
  return repository;
}

/** The repository, or a thrown RepositoryNotFoundException. */
export function requireRepository({ state }: CloudModel, name: string): Repository {
  const repository = Object.hasOwn(state.repositories, name) ? state.repositories[name] : undefined;
  if (repository !== undefined) return repository;
  throw new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${state.accountId}'`,
  );
}

/** The repository of an ARN, or a thrown RepositoryNotFoundException. */
export function requireRepositoryOfArn(model: CloudModel, arn: string): Repository {
  return requireRepository(model, arn.slice(arn.indexOf(':repository/') + ':repository/'.length));
}

/** Repositories by name; all where none is named. */
export function describeRepositories(model: CloudModel, names: readonly string[]): readonly Repository[] {
  const asked =
    names.length === 0 ? Object.values(model.state.repositories) : names.map((name) => requireRepository(model, name));
  return [...asked].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes the repository; one with images only when `isForced`. */
export function deleteRepository(model: CloudModel, name: string, isForced: boolean): Repository {
  const repository = requireRepository(model, name);
  if (repository.images.length > 0 && !isForced) {
    throw new AwsError(
      'RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${model.state.accountId}' cannot be deleted because it still contains images`,
    );
  }
  delete model.state.repositories[name];
  return repository;
}

/** Keeps the policy. Throws InvalidParameterException unless it is JSON with rules. */
export function putLifecyclePolicy(model: CloudModel, name: string, policy: string): void {
  const repository = requireRepository(model, name);
  if (!hasRules(policy)) {
    throw new AwsError('InvalidParameterException', "Invalid parameter at 'LifecyclePolicyText'");
  }
  repository.lifecyclePolicy = policy;
}

/** The policy as it was put, or a thrown LifecyclePolicyNotFoundException. */
export function requireLifecyclePolicy(model: CloudModel, name: string): string {
  const { lifecyclePolicy } = requireRepository(model, name);
  if (lifecyclePolicy !== undefined) return lifecyclePolicy;
  throw new AwsError(
    'LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository '${name}'`,
  );
}

/** Removes the policy, and returns it. */
export function deleteLifecyclePolicy(model: CloudModel, name: string): string {
  const policy = requireLifecyclePolicy(model, name);
  delete requireRepository(model, name).lifecyclePolicy;
  return policy;
}

/** Adds tags, or gives them other values. */
export function tagRepository(model: CloudModel, arn: string, tags: Readonly<Record<string, string>>): void {
  const repository = requireRepositoryOfArn(model, arn);
  const merged = { ...repository.tags, ...tags };
  checkRepositoryTags(merged);
  repository.tags = merged;
}

/** Removes tags; absent ones are no error. */
export function untagRepository(model: CloudModel, arn: string, keys: readonly string[]): void {
  const repository = requireRepositoryOfArn(model, arn);
  repository.tags = Object.fromEntries(Object.entries(repository.tags).filter(([key]) => !keys.includes(key)));
}

function hasRules(policy: string): boolean {
  try {
    const { rules } = JSON.parse(policy) as { rules?: unknown };
    return Array.isArray(rules) && rules.length > 0;
  } catch {
    // No JSON, or no object: a policy neither way.
    return false;
  }
}

function checkRepositoryTags(tags: Readonly<Record<string, string>>): void {
  checkTags(tags, { invalid: 'InvalidTagParameterException', tooMany: 'TooManyTagsException' });
}
