import type { CloudModel } from '../cloud-model.ts';
import { sendMessage } from '../sqs/messages.ts';
import { allowsService } from '../sqs/resource-policy.ts';
import { matchesPattern, parseEventPattern } from './event-pattern.ts';
import type { EventRule, EventTarget } from './rules.ts';

/** What happened, as its source says it. */
export interface EventSpec {
  /** `aws.ec2`, `aws.health`, … */
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** ARNs. */
  readonly resources?: readonly string[];
}

/**
 * Puts an event on the account's bus, as AWS's own services do. Each enabled rule that it matches sends it to the rule's queues;
 * where a queue's policy does not let EventBridge in on behalf of the rule, the event is lost, as on the real bus. Returns its id.
 */
export function publishEvent(model: CloudModel, { source, detailType, detail, resources = [] }: EventSpec): string {
  const { state, timers } = model;
  const event = {
    version: '0',
    id: model.nextId(''),
    'detail-type': detailType,
    source,
    account: state.accountId,
    time: new Date(timers.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: state.region,
    resources,
    detail,
  };
  for (const rule of Object.values(state.eventRules)) {
    if (!rule.isEnabled || !matchesPattern(parseEventPattern(rule.pattern), event)) continue;
    for (const target of rule.targets) deliver(model, rule, target, JSON.stringify(event));
  }
  return event.id;
}

function deliver(model: CloudModel, rule: EventRule, { arn }: EventTarget, body: string): void {
  const queue = Object.values(model.state.queues).find((candidate) => candidate.arn === arn);
  if (queue === undefined) return;
  const mayDeliver = allowsService(queue.attributes.Policy ?? '', {
    service: 'events.amazonaws.com',
    action: 'sqs:SendMessage',
    resourceArn: arn,
    context: {
      'aws:SourceArn': rule.arn,
      'aws:SourceAccount': model.state.accountId,
      'aws:SecureTransport': 'true',
    },
  });
  if (mayDeliver) sendMessage(model, queue.name, body);
}
