import type { CapacityType, InstanceType, Offering } from '../instance-type.ts';
import { CAPACITY_TYPE_KEY, ZONE_KEY } from '../label-keys.ts';
import { has, intersects, type Requirements } from '../requirements.ts';
import { fitsResources, maxResources, NO_RESOURCES, type Resources } from '../resources.ts';
import type { PlannedNode } from './plan.ts';

/** Instance types in one launch request: EC2 Fleet's request grows with types times zones; upstream's number. */
const LAUNCH_TYPES_MAX = 60;

/** Accelerators make a node dear; a type that has one is launched for pods that ask for it, or when nothing else suits. */
const ACCELERATORS = ['nvidia.com/gpu', 'amd.com/gpu', 'habana.ai/gaudi', 'aws.amazon.com/neuron'];

/** What to ask EC2 for. */
export interface LaunchChoice {
  readonly capacityType: CapacityType;
  /** Cheapest first, then by type and zone. Never empty. */
  readonly offerings: readonly { readonly instanceType: string; readonly zone: string }[];
}

interface Candidate {
  readonly type: InstanceType;
  readonly offerings: readonly Offering[];
  readonly cheapestNanoUsd: number;
}

/**
 * Chooses what to launch for a Machine among the offerings that are available now: types that suit its requirements and hold
 * its requests; spot where allowed and in stock, else on-demand; ordinary types before exotic ones; the cheapest sixty.
 * Returns undefined when nothing suits.
 */
export function chooseLaunch(
  instanceTypes: readonly InstanceType[],
  requirements: Requirements,
  requests: Resources,
): LaunchChoice | undefined {
  const suiting = instanceTypes
    .filter((type) => suits(type, requirements) && fitsResources(requests, type.allocatable))
    .map((type) => candidateOf(type, requirements))
    .filter((candidate) => candidate.offerings.length > 0);
  const affordable = dropSpotDearerThanOnDemand(preferOrdinary(suiting, requests));
  const capacityType: CapacityType = affordable.some((candidate) => sells(candidate, 'spot')) ? 'spot' : 'on-demand';
  const chosen = affordable
    .map((candidate) => only(candidate, capacityType))
    .filter((candidate) => candidate.offerings.length > 0)
    .sort(byPriceThenName)
    .slice(0, LAUNCH_TYPES_MAX);
  if (chosen.length === 0) return undefined;
  const offerings = chosen
    .flatMap(({ type, offerings }) => offerings.map((offering) => ({ instanceType: type.name, ...offering })))
    .sort(byPriceThenPlace)
    .map(({ instanceType, zone }) => ({ instanceType, zone }));
  return { capacityType, offerings };
}

function suits(type: InstanceType, requirements: Requirements): boolean {
  for (const [key, asked] of requirements) {
    if (key === ZONE_KEY || key === CAPACITY_TYPE_KEY) continue;
    const offered = type.requirements.get(key);
    if (offered !== undefined && !intersects(offered, asked)) return false;
  }
  return true;
}

function candidateOf(type: InstanceType, requirements: Requirements): Candidate {
  const zone = requirements.get(ZONE_KEY);
  const capacityType = requirements.get(CAPACITY_TYPE_KEY);
  const offerings = type.offerings.filter(
    (offering) =>
      offering.available &&
      (zone === undefined || has(zone, offering.zone)) &&
      (capacityType === undefined || has(capacityType, offering.capacityType)),
  );
  return { type, offerings, cheapestNanoUsd: cheapest(offerings) };
}

function only(candidate: Candidate, capacityType: CapacityType): Candidate {
  const offerings = candidate.offerings.filter((offering) => offering.capacityType === capacityType);
  return { type: candidate.type, offerings, cheapestNanoUsd: cheapest(offerings) };
}

function sells(candidate: Candidate, capacityType: CapacityType): boolean {
  return candidate.offerings.some((offering) => offering.capacityType === capacityType);
}

function cheapest(offerings: readonly Offering[]): number {
  return offerings.reduce((least, offering) => Math.min(least, offering.priceNanoUsdPerHour), Infinity);
}

/** Bare metal boots for many minutes and accelerators cost dearly: neither is taken while something ordinary suits. */
function preferOrdinary(candidates: readonly Candidate[], requests: Resources): readonly Candidate[] {
  const ordinary = candidates.filter(({ type }) => {
    const isAsked = ACCELERATORS.some((name) => (requests[name] ?? 0) > 0);
    const hasAccelerator = ACCELERATORS.some((name) => (type.capacity[name] ?? 0) > 0);
    return !type.name.includes('metal') && (isAsked || !hasAccelerator);
  });
  return ordinary.length > 0 ? ordinary : candidates;
}

/** Where both capacity types are for sale, a spot type dearer than the cheapest on-demand one is no bargain. */
function dropSpotDearerThanOnDemand(candidates: readonly Candidate[]): readonly Candidate[] {
  const onDemand = candidates.map((candidate) => only(candidate, 'on-demand').cheapestNanoUsd);
  const cheapestOnDemand = Math.min(Infinity, ...onDemand);
  if (cheapestOnDemand === Infinity || !candidates.some((candidate) => sells(candidate, 'spot'))) return candidates;
  return candidates.filter((candidate) => candidate.cheapestNanoUsd <= cheapestOnDemand);
}

function byPriceThenName(a: Candidate, b: Candidate): number {
  return a.cheapestNanoUsd - b.cheapestNanoUsd || (a.type.name < b.type.name ? -1 : 1);
}

function byPriceThenPlace(
  a: Offering & { readonly instanceType: string },
  b: Offering & { readonly instanceType: string },
): number {
  if (a.priceNanoUsdPerHour !== b.priceNanoUsdPerHour) return a.priceNanoUsdPerHour - b.priceNanoUsdPerHour;
  if (a.instanceType !== b.instanceType) return a.instanceType < b.instanceType ? -1 : 1;
  return a.zone < b.zone ? -1 : a.zone > b.zone ? 1 : 0;
}

/** Instance types named in one Machine: more than a launch asks for, so that shortages leave something; upstream's number. */
const MACHINE_TYPES_MAX = 100;

/**
 * The planned node with only its cheapest hundred instance types, their options, and what these few can reserve at most.
 * `instanceTypes` are those the node was planned with.
 */
export function narrowToCheapest(node: PlannedNode, instanceTypes: readonly InstanceType[]): PlannedNode {
  if (node.instanceTypes.length <= MACHINE_TYPES_MAX) return node;
  const kept = new Set(node.instanceTypes.slice(0, MACHINE_TYPES_MAX));
  return {
    ...node,
    instanceTypes: [...kept],
    options: node.options.filter((option) => kept.has(option.instanceType)),
    reservedCapacity: instanceTypes
      .filter((type) => kept.has(type.name))
      .reduce<Resources>((most, type) => maxResources(most, type.capacity), NO_RESOURCES),
  };
}
