import { clusterScopedName } from './names.ts';

/** An EventBridge pattern: every key must hold one of the listed values. */
export interface EventPattern {
  readonly source: readonly string[];
  // Spelled as EventBridge does: a rule with `detailType` is accepted, and never matches.
  readonly 'detail-type': readonly string[];
  readonly detail?: Readonly<Record<string, readonly string[]>>;
}

export interface EventRule {
  /** Stable: part of the resource's name in Pulumi's state. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly pattern: EventPattern;
}

/** States that an instance does not come back from, or not with its node. `pending` and `running` are left in the bus. */
const ENDING_STATES = ['stopping', 'stopped', 'shutting-down', 'terminated'];

const RULES: readonly (Omit<EventRule, 'name'> & { readonly prefix: string })[] = [
  {
    key: 'spot-interruption',
    prefix: 'KarpenterSpotInterruption',
    description: 'EC2 takes a spot instance back in two minutes',
    pattern: { source: ['aws.ec2'], 'detail-type': ['EC2 Spot Instance Interruption Warning'] },
  },
  {
    key: 'rebalance',
    prefix: 'KarpenterRebalance',
    description: 'A spot instance is more likely than others to be taken back',
    pattern: { source: ['aws.ec2'], 'detail-type': ['EC2 Instance Rebalance Recommendation'] },
  },
  {
    key: 'state-change',
    prefix: 'KarpenterStateChange',
    description: 'An instance stops or ends',
    pattern: {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ENDING_STATES },
    },
  },
  {
    key: 'scheduled-change',
    prefix: 'KarpenterScheduledChange',
    description: 'AWS has scheduled a change to instances, as the retirement of their hardware',
    pattern: {
      source: ['aws.health'],
      'detail-type': ['AWS Health Event'],
      detail: { service: ['EC2'], eventTypeCategory: ['scheduledChange'] },
    },
  },
  {
    key: 'capacity-reservation',
    prefix: 'KarpenterCapacityReservation',
    description: 'EC2 ends an instance with the capacity reservation that it runs in',
    pattern: { source: ['aws.ec2'], 'detail-type': ['EC2 Capacity Reservation Instance Interruption Warning'] },
  },
];

/**
 * The rules that bring to the cluster's queue what may happen to an instance. EventBridge cannot tell whose instance it is, so
 * each cluster hears of every instance in account and region, and its controller ignores those of others. No two rules match one event.
 */
export function eventRules(clusterName: string): readonly EventRule[] {
  return RULES.map(({ prefix, ...rule }) => ({ ...rule, name: clusterScopedName(prefix, clusterName) }));
}
