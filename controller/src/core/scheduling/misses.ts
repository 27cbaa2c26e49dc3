import { compareText } from '../compare-text.ts';
import type { Incompatibility } from '../compatibility.ts';
import { firstTakenPort, formatHostPort, type HostPort } from '../host-port.ts';
import { formatRequirement, type Requirements } from '../requirements.ts';
import { amountOf, type Resources } from '../resources.ts';
import { formatTaint, type Taint } from '../taints.ts';
import { describeAmount, describeAmounts, describeNumber } from './describe-amounts.ts';
import { describeFix, type Fix, type Place } from './fix.ts';
import { satisfiesKey } from './instance-type-filter.ts';
import { type LaunchableType, largestRoomOf } from './launchable-types.ts';
import type { LimitLedger } from './limit-ledger.ts';
import type { Miss, UnplacedCode } from './plan.ts';

/** How one attempt falls short, before it is known which Provisioner's it was. */
export type Shortfall = Omit<Miss, 'provisionerName'>;

/** The rules in the order in which they are asked: who fails later was nearer. */
const RULES: readonly UnplacedCode[] = [
  'taints-not-tolerated',
  'requirements-incompatible',
  'no-instance-type-fits',
  'host-port-taken',
  'no-offering-available',
  'topology-spread-unsatisfiable',
  'pod-affinity-unsatisfiable',
  'pod-anti-affinity-unsatisfiable',
  'limits-exceeded',
];

/** A pod that asks for this much CPU (milli-cores: a million cores) has most likely written M where m was meant. */
const IMPLAUSIBLE_CPU_MILLI = 1_000_000_000;

/** Returns a shortfall that this change takes away, with its words. */
export function mendedBy(code: UnplacedCode, message: string, fix: Fix): Shortfall {
  return { code, message, remedy: describeFix(fix), fix };
}

/** Orders by how near the attempt came, nearest first. */
export function byNearness(left: Shortfall, right: Shortfall): number {
  return RULES.indexOf(right.code) - RULES.indexOf(left.code);
}

/** Orders nearest first, then by Provisioner. */
export function byNearnessAndName(left: Miss, right: Miss): number {
  return byNearness(left, right) || compareText(left.provisionerName, right.provisionerName);
}

/** The pod does not tolerate a taint that the Provisioner gives to its nodes. */
export function untolerated(taint: Taint): Shortfall {
  const message = `taint ${formatTaint(taint)} is not tolerated`;
  return mendedBy('taints-not-tolerated', message, { kind: 'tolerate', taint });
}

/** The pod's requirements contradict the Provisioner's. */
export function incompatible({ key, message, unknownLabel, isPinned }: Incompatibility): Shortfall {
  const code = 'requirements-incompatible';
  if (isPinned) return mendedBy(code, message, { kind: 'drop-match-fields' });
  if (unknownLabel === undefined) return { code, message };
  const { meant } = unknownLabel;
  return meant === undefined
    ? mendedBy(code, message, { kind: 'define-label', key })
    : mendedBy(code, message, { kind: 'ask-for-label', key, instead: meant });
}

/** The requirements agree with each other, but no type meets them all. Names the first that none meets, if there is one. */
export function noTypeMeets(requirements: Requirements, types: readonly LaunchableType[]): Shortfall {
  const code = 'no-instance-type-fits';
  if (types.length === 0) return { code, message: 'none of its instance types meets its own requirements' };
  const keys = [...requirements.keys()].sort();
  const stated = keys.map((key) => requirements.get(key)).filter((requirement) => requirement !== undefined);
  const unmet = stated.find((requirement) => !types.some(({ type }) => satisfiesKey(type, requirement)));
  if (unmet) return { code, message: `no instance type offers ${formatRequirement(unmet)}` };
  return { code, message: `no instance type offers ${stated.map(formatRequirement).join(', ')} together` };
}

/** Types meet the requirements, but none has the room. Names the first resource of which none has enough, if there is one. */
export function noTypeHolds(requests: Resources, types: readonly LaunchableType[]): Shortfall {
  const code = 'no-instance-type-fits';
  const requested = Object.keys(requests).sort();
  const scarce = requested.find((name) => isShort(requests, name, largestRoomOf(types, name)));
  if (scarce === undefined) {
    const message = `no single instance type has ${describeAmounts(requests)} free together`;
    return mendedBy(code, message, { kind: 'request-at-most', amounts: leastCut(requests, types) });
  }
  const asked = amountOf(requests, scarce);
  const largest = Math.max(largestRoomOf(types, scarce), 0);
  const message = `no instance type has ${describeAmount(scarce, asked)} free; the largest allows ${describeNumber(scarce, largest)}`;
  if (scarce === 'cpu' && asked >= IMPLAUSIBLE_CPU_MILLI) {
    return mendedBy(code, message, { kind: 'write-milli-cpu', cpuMilli: asked / IMPLAUSIBLE_CPU_MILLI });
  }
  if (largest === 0) return { code, message };
  return mendedBy(code, message, { kind: 'request-at-most', amounts: { [scarce]: largest } });
}

/** True when more is requested than there is room. Who requests nothing finds it anywhere. */
function isShort(requests: Resources, name: string, room: number): boolean {
  const asked = amountOf(requests, name);
  return asked > 0 && asked > room;
}

/** What to request at most, so that one of the types has the room: of few resources rather than many, then what leaves the most of each. */
function leastCut(requests: Resources, types: readonly LaunchableType[]): Resources {
  const cuts = types.map(({ room }) => {
    const short = Object.keys(requests).filter((name) => isShort(requests, name, amountOf(room, name)));
    const kept = short.map((name) => Math.max(amountOf(room, name), 0) / amountOf(requests, name));
    const amounts = Object.fromEntries(short.map((name) => [name, Math.max(amountOf(room, name), 0)]));
    return { amounts, count: short.length, kept: Math.min(...kept) };
  });
  // Sorting is stable, and types come sorted by name.
  const [least] = cuts.sort((left, right) => left.count - right.count || right.kept - left.kept);
  return least?.amounts ?? requests;
}

/** Types would do, but on each of them a daemon takes a port of the node that the pod asks for. Names the port in the way on the first. */
export function portTaken(types: readonly LaunchableType[], wanted: readonly HostPort[]): Shortfall {
  const code = 'host-port-taken';
  const port = types.map(({ hostPorts }) => firstTakenPort(wanted, hostPorts)).find((taken) => taken !== undefined);
  if (port === undefined) return { code, message: 'daemons take host port on each of its nodes' };
  const message = `daemons take host port ${formatHostPort(port)} on each of its nodes`;
  return mendedBy(code, message, { kind: 'change-host-port', port });
}

/** Each constraint between pods would admit some domain, but no node could be in all of them at once. */
export function noCommonDomain(keys: readonly string[]): Shortfall {
  const message = `no node could be where its constraints on ${keys.join(' and ')} all allow it`;
  return { code: 'pod-affinity-unsatisfiable', message };
}

/** Types would do, but none of what the requirements allow can be bought now. */
export function noneInStock(types: readonly LaunchableType[]): Shortfall {
  const some =
    types.length === 1 ? 'the instance type that suits is' : `all ${types.length} instance types that suit are`;
  const message = `${some} out of stock, or without a price, where the pod may run`;
  return mendedBy('no-offering-available', message, { kind: 'allow-more', places: placesInStock(types) });
}

/** Where any of the types can be bought now, sorted. */
function placesInStock(types: readonly LaunchableType[]): Place[] {
  const offerings = types.flatMap(({ type }) => type.offerings).filter(({ available }) => available);
  const places = new Map(
    offerings.map(({ zone, capacityType }) => [`${zone}/${capacityType}`, { zone, capacityType }]),
  );
  return [...places].sort(([left], [right]) => compareText(left, right)).map(([, place]) => place);
}

/** Types would do, but each would break a limit. Speaks of the type that breaks it least. */
export function beyondLimits(
  types: readonly LaunchableType[],
  ledger: Pick<LimitLedger, 'excess' | 'standing'>,
): Shortfall {
  const nearest = types
    .map(({ type }) => ({ type, excess: ledger.excess(type.capacity) }))
    .sort((left, right) => byExcess(left.excess, right.excess) || compareText(left.type.name, right.type.name))[0];
  if (nearest === undefined) return { code: 'limits-exceeded', message: 'its limits are used up' };
  const { type, excess } = nearest;
  const names = Object.keys(excess).sort();
  const facts = names.map((name) => {
    const { limit, remaining } = ledger.standing(name);
    const left = describeNumber(name, Math.max(remaining, 0));
    return `the ${name} limit of ${describeNumber(name, limit)} leaves ${left}, ${type.name} has ${describeNumber(name, amountOf(type.capacity, name))}`;
  });
  return mendedBy('limits-exceeded', facts.join('; '), { kind: 'raise-limits', by: excess });
}

/** Fewer broken limits first, then less beyond the first of them, by name. */
function byExcess(left: Resources, right: Resources): number {
  const leftNames = Object.keys(left).sort();
  const rightNames = Object.keys(right).sort();
  if (leftNames.length !== rightNames.length) return leftNames.length - rightNames.length;
  for (const [index, name] of leftNames.entries()) {
    const other = rightNames[index] as string;
    const order = compareText(name, other) || amountOf(left, name) - amountOf(right, other);
    if (order !== 0) return order;
  }
  return 0;
}
