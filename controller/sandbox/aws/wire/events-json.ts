import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { publishEvent } from '../eventbridge/publish-event.ts';
import {
  deleteRule,
  type EventRule,
  listRules,
  putRule,
  putTargets,
  removeTargets,
  requireRule,
  requireRuleOfArn,
  tagRule,
  untagRule,
} from '../eventbridge/rules.ts';
import {
  type JsonInput,
  objectsAt,
  parseJsonObject,
  requiredTextAt,
  tagList,
  tagListAt,
  textAt,
  textsAt,
} from './json-input.ts';
import { type JsonAction, jsonService } from './json-service.ts';

const ACTIONS: Readonly<Record<string, JsonAction>> = {
  PutRule: (model, input) => {
    requireDefaultBus(input);
    // A rule by the clock needs no event; nothing of ours is one.
    if (input.ScheduleExpression !== undefined) throw notServed('ScheduleExpression');
    const { arn } = putRule(model, {
      name: requiredTextAt(input, 'Name'),
      pattern: requiredTextAt(input, 'EventPattern'),
      isEnabled: textAt(input, 'State') !== 'DISABLED',
      description: textAt(input, 'Description') ?? '',
      tags: tagListAt(input, 'Tags'),
    });
    return { RuleArn: arn };
  },

  DescribeRule: (model, input) => ruleShape(requireRule(model, ruleName(input, 'Name'))),

  ListRules: (model, input) => {
    requireDefaultBus(input);
    return { Rules: listRules(model, textAt(input, 'NamePrefix')).map(ruleShape) };
  },

  DeleteRule: (model, input) => {
    deleteRule(model, ruleName(input, 'Name'));
    return {};
  },

  PutTargets: (model, input) => {
    const targets = objectsAt(input, 'Targets').map((target) => ({
      id: requiredTextAt(target, 'Id'),
      arn: requiredTextAt(target, 'Arn'),
    }));
    putTargets(model, ruleName(input, 'Rule'), targets);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },

  RemoveTargets: (model, input) => {
    const unknown = removeTargets(model, ruleName(input, 'Rule'), textsAt(input, 'Ids'));
    const failed = unknown.map((id) => ({
      TargetId: id,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Target ${id} does not exist.`,
    }));
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  },

  ListTargetsByRule: (model, input) => ({
    Targets: requireRule(model, ruleName(input, 'Rule')).targets.map(({ id, arn }) => ({ Id: id, Arn: arn })),
  }),

  TagResource: (model, input) => {
    tagRule(model, requiredTextAt(input, 'ResourceARN'), tagListAt(input, 'Tags'));
    return {};
  },

  UntagResource: (model, input) => {
    untagRule(model, requiredTextAt(input, 'ResourceARN'), textsAt(input, 'TagKeys'));
    return {};
  },

  ListTagsForResource: (model, input) => ({
    Tags: tagList(requireRuleOfArn(model, requiredTextAt(input, 'ResourceARN')).tags),
  }),

  PutEvents: (model, input) => {
    const entries = objectsAt(input, 'Entries').map((entry) => putEvent(model, entry));
    return { FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length, Entries: entries };
  },
};

/** EventBridge in AWS JSON: the rules of the default bus. */
export const EVENTS_JSON = jsonService({ version: '1.1', targetPrefix: 'AWSEvents.', actions: ACTIONS });

/** One entry's outcome. Only AWS's own services may speak as `aws.…`. */
function putEvent(model: CloudModel, entry: JsonInput): object {
  const source = requiredTextAt(entry, 'Source');
  if (source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const id = publishEvent(model, {
    source,
    detailType: requiredTextAt(entry, 'DetailType'),
    detail: parseJsonObject(requiredTextAt(entry, 'Detail')),
    resources: textsAt(entry, 'Resources'),
  });
  return { EventId: id };
}

function ruleName(input: JsonInput, key: string): string {
  requireDefaultBus(input);
  return requiredTextAt(input, key);
}

function requireDefaultBus(input: JsonInput): void {
  const bus = textAt(input, 'EventBusName') ?? 'default';
  if (bus !== 'default') throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
}

function ruleShape({ name, arn, pattern, isEnabled, description }: EventRule): object {
  return {
    Name: name,
    Arn: arn,
    EventPattern: pattern,
    State: isEnabled ? 'ENABLED' : 'DISABLED',
    ...(description === '' ? {} : { Description: description }),
    EventBusName: 'default',
  };
}

function notServed(parameter: string): AwsError {
  return new AwsError('ValidationException', `${parameter} is not served here.`);
}
