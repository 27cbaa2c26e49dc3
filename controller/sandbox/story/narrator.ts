import type { Timeline } from './timeline.ts';

interface ControllerLine {
  readonly level: string;
  readonly message: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

/** Tells on the timeline what the controller says in its log that a person wants to hear. Lines that are no JSON are passed over. */
export function narrate(line: string, timeline: Timeline): void {
  const said = parse(line);
  if (said === undefined) return;
  const tell = TOLD[said.code ?? ''];
  if (tell !== undefined) tell(said, timeline);
  else if (said.level === 'ERROR') timeline.tell('error', said.message);
}

type Teller = (line: ControllerLine, timeline: Timeline) => void;

const TOLD: Readonly<Record<string, Teller>> = {
  MachineCreated: (line, timeline) => {
    const types = (line['instance-types'] as readonly string[]).slice(0, 3).join(', ');
    timeline.tell(
      'decided',
      `machine ${line.machine} for ${line.pods} pods that fit nowhere`,
      `asks ${amounts(line.requests)}; ${line['instance-type-count']} instance types hold it, cheapest first: ${types}, …`,
      `about ${price(line['price-usd-per-hour'])}`,
    );
  },
  Launched: (line, timeline) =>
    timeline.tell(
      'bought',
      `${line['instance-type']} (${line['capacity-type']}) in ${line.zone} at ${price(line['price-usd-per-hour'])}`,
      `${line['provider-id']}: the cheapest offering in stock that holds them`,
    ),
  InsufficientCapacityError: (line, timeline) => timeline.tell('no stock', line.message),
  LaunchFailed: (line, timeline) => timeline.tell('failed', line.message),
  Registered: (line, timeline) => timeline.tell('joined', `node ${line.node}`),
  Initialized: (line, timeline) => timeline.tell('ready', `node ${line.node}`),
  Disrupted: (line, timeline) => timeline.tell('empty', `node ${line.node}: its TTL runs`),
  DeprovisioningTerminating: (line, timeline) => timeline.tell('removing', line.message.replace(/^removing /, '')),
  NodeTerminated: (line, timeline) => timeline.tell('drained', `node ${line.node}: its instance is told to end`),
  MachineTerminated: (line, timeline) => timeline.tell('gone', `machine ${line.machine} and its instance`),
};

function parse(line: string): ControllerLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as ControllerLine) : undefined;
  } catch {
    // A stack trace or a runtime's warning: `kubectl logs` shows it.
    return undefined;
  }
}

/** Dollars an hour, with the digits a small node needs. */
export function price(usdPerHour: unknown): string {
  return typeof usdPerHour === 'number' ? `$${usdPerHour.toFixed(4)}/h` : 'an unknown price';
}

function amounts(requests: unknown): string {
  const { cpu = 0, memory = 0 } = requests as { readonly cpu?: number; readonly memory?: number };
  const parts = [`${cpu / 1000} cpu`];
  if (memory > 0) parts.push(`${Math.ceil(memory / 1024 ** 2)} MiB`);
  return parts.join(', ');
}
