import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNTS, type Account } from './account.ts';

const START_MS_MAX = 120_000;
// moto loads a service at the first request for it.
jest.setTimeout(60_000);
const RULE_ARN = 'arn:aws:events:us-east-1:123456789012:rule';

describe.each(ACCOUNTS)('SQS and EventBridge of %s', (_name, open) => {
  let account: Account;
  beforeAll(async () => {
    account = await open();
  }, START_MS_MAX);
  afterAll(() => account?.close());

  /** A queue that lets EventBridge in on behalf of one rule. */
  async function queueFor(name: string, ruleName: string): Promise<{ url: string; arn: string }> {
    const { sqs } = account;
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const arn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
    const allow = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': `${RULE_ARN}/${ruleName}` } },
    };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: policy } }));
    return { url, arn };
  }

  async function receive(url: string): Promise<readonly string[]> {
    const request = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 });
    return ((await account.sqs.send(request)).Messages ?? []).map(({ Body }) => Body ?? '');
  }

  test('a queue is found by name, keeps what is set, and is gone when it is deleted', async () => {
    const { sqs } = account;
    const { QueueUrl: url } = await sqs.send(
      new CreateQueueCommand({
        QueueName: 'interruption',
        Attributes: { MessageRetentionPeriod: '300', SqsManagedSseEnabled: 'true' },
        tags: { team: 'a' },
      }),
    );
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'interruption' }))).QueueUrl).toBe(url);
    const attributes = async () =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes;
    expect(await attributes()).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:123456789012:interruption',
      MessageRetentionPeriod: '300',
      VisibilityTimeout: '30',
      ApproximateNumberOfMessages: '0',
    });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout: '60' } }));
    expect(await attributes()).toMatchObject({ MessageRetentionPeriod: '300', VisibilityTimeout: '60' });
    await sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { env: 'dev' } }));
    await sqs.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['team'] }));
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags).toEqual({ env: 'dev' });

    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'interruption' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('a message is hidden while somebody works on it, and gone when it is deleted', async () => {
    const { sqs } = account;
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'ä <&>' }));
    const first = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(first.Messages).toMatchObject([{ Body: 'ä <&>', Attributes: { ApproximateReceiveCount: '1' } }]);
    expect(await receive(url ?? '')).toEqual([]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first.Messages?.[0]?.ReceiptHandle }));
    const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const left = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counts] }));
    expect(left.Attributes).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  });

  test('a rule is put twice without harm, has targets and tags, and cannot go before its targets', async () => {
    const { events } = account;
    const { arn } = await queueFor('targeted', 'spot');
    const pattern = JSON.stringify({ source: ['aws.ec2'], 'detail-type': ['EC2 Spot Instance Interruption Warning'] });
    const rule = { Name: 'spot', EventPattern: pattern, Description: 'taken back' };
    const tags = [{ Key: 'team', Value: 'a' }];
    const { RuleArn: ruleArn } = await events.send(new PutRuleCommand({ ...rule, Tags: tags }));
    expect(ruleArn).toBe(`${RULE_ARN}/spot`);
    await events.send(new PutRuleCommand({ ...rule, Description: 'taken back in two minutes' }));
    expect(await events.send(new DescribeRuleCommand({ Name: 'spot' }))).toMatchObject({
      Arn: ruleArn,
      EventPattern: pattern,
      State: 'ENABLED',
      Description: 'taken back in two minutes',
    });
    await events.send(new TagResourceCommand({ ResourceARN: ruleArn, Tags: [{ Key: 'env', Value: 'dev' }] }));
    await events.send(new UntagResourceCommand({ ResourceARN: ruleArn, TagKeys: ['team'] }));
    const tagged = await events.send(new ListTagsForResourceCommand({ ResourceARN: ruleArn }));
    expect(tagged.Tags).toEqual([{ Key: 'env', Value: 'dev' }]);

    const target = { Rule: 'spot', Targets: [{ Id: 'queue', Arn: arn }] };
    expect(await events.send(new PutTargetsCommand(target))).toMatchObject({ FailedEntryCount: 0 });
    await events.send(new PutTargetsCommand(target));
    const { Targets: targets } = await events.send(new ListTargetsByRuleCommand({ Rule: 'spot' }));
    expect(targets).toMatchObject(target.Targets);
    await expect(events.send(new DeleteRuleCommand({ Name: 'spot' }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await events.send(new RemoveTargetsCommand({ Rule: 'spot', Ids: ['queue'] }));
    await events.send(new DeleteRuleCommand({ Name: 'spot' }));
    await expect(events.send(new DescribeRuleCommand({ Name: 'spot' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('an event reaches the queue of the rule that matches it, as EventBridge writes it', async () => {
    const { events } = account;
    const { url, arn } = await queueFor('heard', 'orders');
    const pattern = { source: ['shop'], 'detail-type': ['order'], detail: { state: ['paid', 'sent'] } };
    await events.send(new PutRuleCommand({ Name: 'orders', EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: 'orders', Targets: [{ Id: 'queue', Arn: arn }] }));
    const order = (state: string) => ({
      Source: 'shop',
      DetailType: 'order',
      Detail: JSON.stringify({ state }),
      Resources: ['arn:aws:shop:::order/1'],
    });
    const answer = await events.send(
      new PutEventsCommand({ Entries: [order('open'), order('paid'), { ...order('paid'), Source: 'other' }] }),
    );
    expect(answer).toMatchObject({ FailedEntryCount: 0 });
    const bodies = (await receive(url)).map((body) => JSON.parse(body) as unknown);
    expect(bodies).toMatchObject([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'order',
        source: 'shop',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'us-east-1',
        resources: ['arn:aws:shop:::order/1'],
        detail: { state: 'paid' },
      },
    ]);
  });

  test('a pattern that is none is refused', async () => {
    for (const pattern of ['{', '{"source":"aws.ec2"}', '{"source":[]}']) {
      await expect(
        account.events.send(new PutRuleCommand({ Name: 'broken', EventPattern: pattern })),
      ).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
    }
  });
});
