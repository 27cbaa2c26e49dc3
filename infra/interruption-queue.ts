import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { eventRules } from './plan/event-rules.ts';
import { queuePolicy } from './plan/queue-policy.ts';

/** A warning is worth two minutes at most; what is older than this says nothing about what runs now. */
const MESSAGE_RETENTION_SECONDS = 300;
const TARGET_ID = 'KarpenterInterruptionQueueTarget';

interface InterruptionQueueArgs {
  readonly clusterName: string;
  readonly queueName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The queue from which the controller hears that instances will end, and the rules that fill it. */
export class InterruptionQueue extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly queueName: pulumi.Output<string>;

  constructor(name: string, args: InterruptionQueueArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:InterruptionQueue', name, {}, options);
    const inComponent = { parent: this };
    const tags = { ...args.tags };

    const queue = new aws.sqs.Queue(
      name,
      { name: args.queueName, messageRetentionSeconds: MESSAGE_RETENTION_SECONDS, sqsManagedSseEnabled: true, tags },
      inComponent,
    );
    const rules = eventRules(args.clusterName).map(({ key, name: ruleName, description, pattern }) => ({
      resourceName: `${name}-${key}`,
      rule: new aws.cloudwatch.EventRule(
        `${name}-${key}`,
        { name: ruleName, description, eventPattern: JSON.stringify(pattern), tags },
        inComponent,
      ),
    }));
    const policy = new aws.sqs.QueuePolicy(
      name,
      {
        queueUrl: queue.url,
        policy: pulumi
          .all([queue.arn, pulumi.all(rules.map(({ rule }) => rule.arn))])
          .apply(([queueArn, ruleArns]) => JSON.stringify(queuePolicy({ queueArn, ruleArns }))),
      },
      inComponent,
    );
    // After the policy: what EventBridge may not deliver is lost.
    for (const { resourceName, rule } of rules) {
      new aws.cloudwatch.EventTarget(
        resourceName,
        { rule: rule.name, targetId: TARGET_ID, arn: queue.arn },
        { parent: this, dependsOn: [policy] },
      );
    }

    this.arn = queue.arn;
    this.queueName = queue.name;
    this.registerOutputs({ arn: this.arn, queueName: this.queueName });
  }
}
