import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { isSameDocument } from '../plugin/difference.ts';
import { optionalText, type Properties, type ResourceType, tags, text } from '../plugin/resource-type.ts';
import { absent } from './absent.ts';
import { tagChanges, tagList, tagRecord } from './aws-tags.ts';
import type { AwsWorld } from './world.ts';

const BUS_DEFAULT = 'default';

/** aws:cloudwatch/eventRule:EventRule. Its id is its name. */
export const EVENT_RULE: ResourceType<AwsWorld> = {
  inputs: ['name', 'description', 'eventPattern', 'eventBusName', 'state', 'tags'],
  required: ['name', 'eventPattern'],
  defaults: { eventBusName: BUS_DEFAULT, state: 'ENABLED' },
  replaceOn: ['name', 'eventBusName'],
  computed: ['arn', 'tagsAll'],
  isSame: { eventPattern: isSameDocument },
  create: async (world, inputs) => {
    await putRule(world, inputs);
    const { Arn } = await world.events.send(new DescribeRuleCommand({ Name: text(inputs, 'name') }));
    if (Object.keys(tags(inputs)).length > 0) {
      await world.events.send(new TagResourceCommand({ ResourceARN: Arn, Tags: tagList(tags(inputs)) }));
    }
    return text(inputs, 'name');
  },
  read: async ({ events }, Name) => {
    const rule = await absent(events.send(new DescribeRuleCommand({ Name })), 'ResourceNotFoundException');
    if (rule === undefined) return undefined;
    const { Tags } = await events.send(new ListTagsForResourceCommand({ ResourceARN: rule.Arn }));
    const ownTags = tagRecord(Tags);
    return {
      name: rule.Name,
      description: rule.Description,
      eventPattern: rule.EventPattern,
      eventBusName: rule.EventBusName,
      state: rule.State,
      tags: ownTags,
      tagsAll: ownTags,
      arn: rule.Arn,
    };
  },
  update: async (world, _name, olds, news) => {
    await putRule(world, news);
    const ResourceARN = text(olds, 'arn');
    const { removed, set } = tagChanges(tags(olds), tags(news));
    if (removed.length > 0) await world.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: removed }));
    if (Object.keys(set).length > 0) {
      await world.events.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    }
  },
  delete: async ({ events }, Name) => {
    await absent(events.send(new DeleteRuleCommand({ Name })), 'ResourceNotFoundException');
  },
};

const putRule = ({ events }: AwsWorld, inputs: Properties) =>
  events.send(
    new PutRuleCommand({
      Name: text(inputs, 'name'),
      Description: optionalText(inputs, 'description'),
      EventPattern: text(inputs, 'eventPattern'),
      State: text(inputs, 'state') as 'ENABLED' | 'DISABLED',
    }),
  );

/** aws:cloudwatch/eventTarget:EventTarget. Its id is `<rule>-<target id>`. */
export const EVENT_TARGET: ResourceType<AwsWorld> = {
  inputs: ['rule', 'targetId', 'arn', 'eventBusName'],
  required: ['rule', 'targetId', 'arn'],
  defaults: { eventBusName: BUS_DEFAULT },
  replaceOn: ['rule', 'targetId', 'eventBusName'],
  create: async (world, inputs) => {
    await putTarget(world, inputs);
    return `${text(inputs, 'rule')}-${text(inputs, 'targetId')}`;
  },
  read: async ({ events }, _id, known) => {
    const answer = await absent(
      events.send(new ListTargetsByRuleCommand({ Rule: text(known, 'rule') })),
      'ResourceNotFoundException',
    );
    const target = answer?.Targets?.find(({ Id }) => Id === known.targetId);
    if (target === undefined) return undefined;
    return { rule: known.rule, targetId: target.Id, arn: target.Arn, eventBusName: BUS_DEFAULT };
  },
  update: (world, _id, _olds, news) => putTarget(world, news),
  delete: async ({ events }, _id, known) => {
    await absent(
      events.send(new RemoveTargetsCommand({ Rule: text(known, 'rule'), Ids: [text(known, 'targetId')] })),
      'ResourceNotFoundException',
    );
  },
};

/** EventBridge answers 200 for what it could not do, and says it in a list. */
async function putTarget({ events }: AwsWorld, inputs: Properties): Promise<void> {
  const target = { Id: text(inputs, 'targetId'), Arn: text(inputs, 'arn') };
  const { FailedEntries = [] } = await events.send(
    new PutTargetsCommand({ Rule: text(inputs, 'rule'), Targets: [target] }),
  );
  const [failed] = FailedEntries;
  if (failed !== undefined) throw new Error(`${failed.ErrorCode}: ${failed.ErrorMessage}`);
}
