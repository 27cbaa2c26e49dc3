/** What a message of the interruption queue says. `none`: nothing that the controller would act on, and why. */
export type InterruptionMessage =
  | (AboutInstances & {
      readonly kind: 'spot-interruption' | 'rebalance' | 'scheduled-change' | 'capacity-reservation';
    })
  | (AboutInstances & { readonly kind: 'state-change'; readonly state: EndingState })
  | { readonly kind: 'none'; readonly why: string };

interface AboutInstances {
  /** At least one, each once, in the message's order. Of any cluster, or of none: EventBridge cannot tell. */
  readonly instanceIds: readonly string[];
  /** When AWS sent it (Unix time); absent when the message does not say. */
  readonly sentAtMs: number | undefined;
}

/** The states from which an instance does not come back with its node. */
export type EndingState = (typeof ENDING_STATES)[number];

const ENDING_STATES = ['stopping', 'stopped', 'shutting-down', 'terminated'] as const;

/** The version of EventBridge's envelope; there has never been another. */
const ENVELOPE_VERSION = '0';

type Members = Readonly<Record<string, unknown>>;

/** Reads a message body: EventBridge's envelope as it comes, without a transformer. Never throws; what is not understood is `none`. */
export function parseInterruptionMessage(body: string): InterruptionMessage {
  const event = membersOf(parseJson(body));
  if (event === undefined) return none('the body is no JSON object');
  if (event.version !== ENVELOPE_VERSION) return none(`the envelope has version ${shown(event.version)}`);
  const detail = membersOf(event.detail);
  if (detail === undefined) return none('the event has no detail');
  const about = (ids: readonly unknown[]) => ({ instanceIds: instanceIdsOf(ids), sentAtMs: timeMs(event.time) });

  const { source, 'detail-type': detailType } = event;
  switch (typeof source === 'string' && typeof detailType === 'string' ? `${source}/${detailType}` : '') {
    case 'aws.ec2/EC2 Spot Instance Interruption Warning':
      return ofInstances({ kind: 'spot-interruption', ...about([detail['instance-id']]) });
    case 'aws.ec2/EC2 Instance Rebalance Recommendation':
      return ofInstances({ kind: 'rebalance', ...about([detail['instance-id']]) });
    case 'aws.ec2/EC2 Capacity Reservation Instance Interruption Warning':
      return ofInstances({ kind: 'capacity-reservation', ...about([detail['instance-id']]) });
    case 'aws.ec2/EC2 Instance State-change Notification': {
      const state = endingState(detail.state);
      if (state === undefined) return none(`an instance in state ${shown(detail.state)} needs nothing`);
      return ofInstances({ kind: 'state-change', state, ...about([detail['instance-id']]) });
    }
    case 'aws.health/AWS Health Event':
      if (detail.service !== 'EC2' || detail.eventTypeCategory !== 'scheduledChange') {
        return none(`a health event of ${shown(detail.service)}, ${shown(detail.eventTypeCategory)}, needs nothing`);
      }
      return ofInstances({ kind: 'scheduled-change', ...about(affectedEntities(detail)) });
    default:
      return none(`${shown(detailType)} of ${shown(source)} is not known`);
  }
}

function none(why: string): InterruptionMessage {
  return { kind: 'none', why };
}

function ofInstances(message: Exclude<InterruptionMessage, { kind: 'none' }>): InterruptionMessage {
  return message.instanceIds.length > 0 ? message : none(`the ${message.kind} event names no instance`);
}

function affectedEntities(detail: Members): readonly unknown[] {
  const entities: unknown = detail.affectedEntities;
  return Array.isArray(entities) ? entities.map((entity: unknown) => membersOf(entity)?.entityValue) : [];
}

/** A health event may also name dedicated hosts or volumes, which are no concern of nodes. */
function instanceIdsOf(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.filter((value) => typeof value === 'string' && value.startsWith('i-')))] as string[];
}

function endingState(value: unknown): EndingState | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : undefined;
  return ENDING_STATES.find((state) => state === lower);
}

function timeMs(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Anybody's text may lie in a queue; the caller says what was wrong with it.
  }
}

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

/** Keeps a log line short, whatever somebody has put into the queue. */
const SHOWN_LENGTH_MAX = 80;

function shown(value: unknown): string {
  // No look into objects: one that is nested a hundred thousand deep would overflow whoever prints it.
  if (typeof value !== 'string') return value === undefined ? 'absent' : `a ${typeof value}`;
  return JSON.stringify(value.length <= SHOWN_LENGTH_MAX ? value : `${value.slice(0, SHOWN_LENGTH_MAX)}…`);
}
