import { HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { PodManifest, ProvisionerManifest } from '../problem/problem-file.ts';
import type { PlannedNodeRecord } from '../problem/result-file.ts';
import { lacking, requestOf, sumOf } from './amounts.ts';
import { portClashes } from './host-ports.ts';
import type { Launch } from './launches.ts';
import { choicesOf, type Market } from './market.ts';
import { repellingTaint, termsOf } from './matching.ts';
import type { PlacedPod, StandingNode, Violation } from './standing.ts';

/** In dollars an hour: a plan in whole nano-dollars rounds. */
export const PRICE_TOLERANCE_USD = 1e-8;

interface Judged {
  readonly standing: StandingNode;
  readonly violations: readonly Violation[];
}

/** One planned node by itself: each of its instance types must take all of its pods wherever it may be launched. */
export function judgePlannedNode(
  node: PlannedNodeRecord,
  { path, placed, market }: { path: string; placed: readonly PlacedPod[]; market: Market },
): Judged {
  const provisioner = market.provisioners.get(node.provisioner);
  const options = (node.instanceTypeOptions ?? []).flatMap((name) => market.types.get(name) ?? []);
  if (provisioner === undefined || options.length === 0 || options.length !== node.instanceTypeOptionCount) {
    const message = 'names no known Provisioner, or not the instance types that it counts';
    return {
      standing: { path, labels: {}, taints: [], bound: [], placed },
      violations: [{ path, rule: 'result', message }],
    };
  }
  const launchesOf = market.launches(provisioner, choicesOf(placed.map(({ pod }) => pod)));
  const { zones = [] } = node;
  const launches = options.map((type) => ({
    type,
    possible: launchesOf(type).filter(({ offering }) => zones.length === 0 || zones.includes(offering.zone)),
  }));
  const chosen = launches
    .flatMap(({ possible }) => possible)
    .find(
      ({ type, offering }) =>
        type.name === node.instanceType && offering.zone === node.zone && offering.capacityType === node.capacityType,
    );
  const taints = provisioner.spec.taints ?? [];
  return {
    standing: { path, labels: { ...chosen?.labels, [HOSTNAME_LABEL]: path }, taints, bound: [], placed },
    violations: [
      ...launches
        .filter(({ possible }) => possible.length === 0)
        .map(({ type }) => ({
          path,
          rule: 'selector' as const,
          message: `${type.name} does not suit its Provisioner and all of its pods where it may be launched`,
        })),
      ...offerViolations(
        { node, path, placed },
        chosen,
        launches.flatMap(({ possible }) => possible),
      ),
      ...taintViolations(placed, provisioner),
      ...roomViolations(
        launches.flatMap(({ possible }) => possible),
        { path, placed, market, provisioner },
      ),
    ],
  };
}

function offerViolations(
  { node, path, placed }: { node: PlannedNodeRecord; path: string; placed: readonly PlacedPod[] },
  chosen: Launch | undefined,
  all: readonly Launch[],
): Violation[] {
  if (chosen === undefined) {
    const message = `${node.instanceType} ${node.zone} ${node.capacityType} is not for sale or does not suit`;
    return [{ path, rule: 'offering', message }];
  }
  const { price } = chosen.offering;
  if (Math.abs(price - node.price) > PRICE_TOLERANCE_USD) {
    return [{ path, rule: 'cost', message: `costs ${price}, not ${node.price}` }];
  }
  if (placed.some(({ pod }) => narrowsUnseen(pod))) return [];
  const cheapest = Math.min(...all.map(({ offering }) => offering.price));
  if (price <= cheapest + PRICE_TOLERANCE_USD) return [];
  return [{ path, rule: 'cost', message: `costs ${price}, an option only ${cheapest}` }];
}

/**
 * Whether a node with this pod may have become less than its zones and types show: the plan took one of several ORed terms, met a wish, or
 * the pod's spread settled another label, such as the capacity type. Then nothing is known of the price of what was passed over.
 */
function narrowsUnseen({ spec }: PodManifest): boolean {
  const spreadKeys = (spec.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey);
  const wishes = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    (termsOf(spec) ?? []).length > 1 ||
    wishes.length > 0 ||
    spreadKeys.some((key) => key !== ZONE_LABEL && key !== HOSTNAME_LABEL)
  );
}

/** Pods that do not tolerate a taint of the Provisioner's nodes. Startup taints go away by themselves. */
function taintViolations(placed: readonly PlacedPod[], { spec }: ProvisionerManifest): Violation[] {
  return placed.flatMap(({ path, pod }) => {
    const taint = repellingTaint(spec.taints, pod.spec.tolerations);
    if (taint === undefined) return [];
    return [{ path, rule: 'taint' as const, message: `does not tolerate ${taint.key}:${taint.effect}` }];
  });
}

function roomViolations(
  launches: readonly Launch[],
  of: {
    path: string;
    placed: readonly PlacedPod[];
    market: Market;
    provisioner: ProvisionerManifest;
  },
): Violation[] {
  const { path, placed, market, provisioner } = of;
  const specs = placed.map(({ pod }) => pod.spec);
  const requests = sumOf(specs.map(requestOf));
  const lacks = new Set<string>();
  const clashes = new Set<string>();
  // Daemons depend on labels, and few kinds of nodes differ in them.
  const byDaemons = Map.groupBy(launches, (launch) =>
    market
      .daemons(launch, provisioner)
      .map(({ name }) => name)
      .join(),
  );
  for (const alike of byDaemons.values()) {
    const daemons = alike.slice(0, 1).flatMap((launch) => market.daemons(launch, provisioner).map(({ spec }) => spec));
    for (const clash of portClashes([...daemons, ...specs])) clashes.add(clash);
    const wanted = sumOf([requests, ...daemons.map(requestOf)]);
    for (const type of new Set(alike.map((each) => each.type))) {
      for (const lack of lacking(wanted, market.allocatable(type))) lacks.add(`${type.name}: ${lack}`);
    }
  }
  return [
    ...[...lacks].map((message) => ({ path, rule: 'resources' as const, message })),
    ...[...clashes].map((port) => ({ path, rule: 'host-port' as const, message: `two pods want ${port}` })),
  ];
}
