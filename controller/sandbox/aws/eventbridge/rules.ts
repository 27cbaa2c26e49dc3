import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { checkTags } from '../tags.ts';
import { parseEventPattern } from './event-pattern.ts';

/** EventBridge's limit on the targets of one rule. */
const TARGETS_MAX = 5;
const NAME_PATTERN = /^[\w.-]{1,64}$/;

export interface EventRule {
  readonly name: string;
  readonly arn: string;
  pattern: string;
  isEnabled: boolean;
  description: string;
  /** By id, in the order in which they were put. */
  targets: EventTarget[];
  tags: Record<string, string>;
}

export interface EventTarget {
  readonly id: string;
  readonly arn: string;
}

export interface RuleSpec {
  readonly name: string;
  /** JSON. */
  readonly pattern: string;
  readonly isEnabled: boolean;
  readonly description: string;
  /** Only a new rule gets them; a rule that is there keeps its own. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes the rule, or gives the one of that name this pattern, state and description. */
export function putRule(model: CloudModel, spec: RuleSpec): EventRule {
  const { eventRules, region, accountId } = model.state;
  const { name, pattern, isEnabled, description } = spec;
  if (!NAME_PATTERN.test(name))
    throw validation(`Value '${name}' at 'name' failed to satisfy constraint: [\\.\\-_A-Za-z0-9]{1,64}`);
  parseEventPattern(pattern);
  const existing = Object.hasOwn(eventRules, name) ? eventRules[name] : undefined;
  if (existing !== undefined) return Object.assign(existing, { pattern, isEnabled, description });
  checkRuleTags(spec.tags);
  const arn = `arn:aws:events:${region}:${accountId}:rule/${name}`;
  const rule: EventRule = { name, arn, pattern, isEnabled, description, targets: [], tags: { ...spec.tags } };
  eventRules[name] = rule;
  return rule;
}

/** The rule, or a thrown ResourceNotFoundException. */
export function requireRule({ state }: CloudModel, name: string): EventRule {
  const rule = Object.hasOwn(state.eventRules, name) ? state.eventRules[name] : undefined;
  if (rule !== undefined) return rule;
  throw notFound(`Rule ${name} does not exist on EventBus default.`);
}

/** The rule of an ARN, or a thrown ResourceNotFoundException. */
export function requireRuleOfArn({ state }: CloudModel, arn: string): EventRule {
  const rule = Object.values(state.eventRules).find((candidate) => candidate.arn === arn);
  if (rule !== undefined) return rule;
  throw notFound(`Rule ${arn.slice(arn.lastIndexOf('/') + 1)} does not exist on EventBus default.`);
}

/** Rules by name that begin with `prefix`. */
export function listRules({ state }: CloudModel, prefix = ''): readonly EventRule[] {
  return Object.values(state.eventRules)
    .filter(({ name }) => name.startsWith(prefix))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes a rule without targets; an unknown one is no error to EventBridge, and none here. */
export function deleteRule({ state }: CloudModel, name: string): void {
  const rule = Object.hasOwn(state.eventRules, name) ? state.eventRules[name] : undefined;
  if (rule !== undefined && rule.targets.length > 0) throw validation("Rule can't be deleted since it has targets.");
  delete state.eventRules[name];
}

/** Adds targets; one with an id in use takes its place. */
export function putTargets(model: CloudModel, ruleName: string, targets: readonly EventTarget[]): void {
  const rule = requireRule(model, ruleName);
  const byId = new Map([...rule.targets, ...targets].map((target) => [target.id, target]));
  if (byId.size > TARGETS_MAX) {
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  }
  rule.targets = [...byId.values()];
}

/** Removes targets; returns the ids that the rule did not have. */
export function removeTargets(model: CloudModel, ruleName: string, ids: readonly string[]): readonly string[] {
  const rule = requireRule(model, ruleName);
  const unknown = ids.filter((id) => !rule.targets.some((target) => target.id === id));
  rule.targets = rule.targets.filter(({ id }) => !ids.includes(id));
  return unknown;
}

/** Adds tags, or gives them other values. */
export function tagRule(model: CloudModel, arn: string, tags: Readonly<Record<string, string>>): void {
  const rule = requireRuleOfArn(model, arn);
  const merged = { ...rule.tags, ...tags };
  checkRuleTags(merged);
  rule.tags = merged;
}

/** Removes tags; absent ones are no error. */
export function untagRule(model: CloudModel, arn: string, keys: readonly string[]): void {
  const rule = requireRuleOfArn(model, arn);
  rule.tags = Object.fromEntries(Object.entries(rule.tags).filter(([key]) => !keys.includes(key)));
}

function checkRuleTags(tags: Readonly<Record<string, string>>): void {
  checkTags(tags, { invalid: 'ValidationException', tooMany: 'ValidationException' });
}

function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
