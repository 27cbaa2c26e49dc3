import type { Settings } from '../config.ts';
import type { LaunchOrder } from '../ports/cloud.ts';
import { FLEET_CONFIGS_MAX, FLEET_OVERRIDES_MAX, type FleetOverride } from './fleet.ts';
import { imageFor } from './images.ts';
import type { InstanceTypeCatalogue, InstanceTypeFacts } from './instance-type-facts.ts';
import { podsMax } from './pod-density.ts';
import { roomiestSubnetByZone } from './subnets.ts';
import type { TemplateFacts } from './template-resolution.ts';
import type { UnavailableOfferings } from './unavailable-offerings.ts';

/** Offerings of an order that can share a launch template: one image, and one number of pods that the kubelet is told. */
export interface LaunchGroup {
  /** Undefined when the user's own launch template decides. */
  readonly imageId: string | undefined;
  readonly podsMax: number;
  readonly overrides: readonly FleetOverride[];
}

/**
 * The offerings of an order that can be asked for now, by group, in the order's own order: in a zone with a subnet, of a
 * type with an image, and not lately refused. What exceeds EC2's limits for one fleet is cut off at the end, the dearest. Pure.
 */
export function launchGroups(
  order: LaunchOrder,
  context: {
    readonly region: string;
    readonly settings: Settings;
    readonly template: TemplateFacts;
    readonly catalogue: InstanceTypeCatalogue;
    readonly unavailable: UnavailableOfferings;
  },
): readonly LaunchGroup[] {
  const { region, settings, template, catalogue, unavailable } = context;
  const typesByName = new Map(catalogue.types.map((type) => [type.name, type]));
  const subnetsByZone = roomiestSubnetByZone(template.subnets);
  const groups = new Map<string, { imageId: string | undefined; podsMax: number; overrides: FleetOverride[] }>();
  let overrideCount = 0;

  const add = (type: InstanceTypeFacts, override: FleetOverride): void => {
    const pods = podsMax(type, template.family, order.kubelet, settings);
    const imageId = imageFor(type, template.images, { region, podsMax: pods })?.id;
    if (imageId === undefined && template.ownLaunchTemplate === undefined) return;
    const key = template.ownLaunchTemplate ?? `${imageId}/${pods}`;
    const group = groups.get(key) ?? { imageId, podsMax: pods, overrides: [] };
    if (!groups.has(key) && groups.size >= FLEET_CONFIGS_MAX) return;
    groups.set(key, group);
    group.overrides.push(override);
    overrideCount += 1;
  };

  for (const { instanceType, zone } of order.offerings) {
    const type = typesByName.get(instanceType);
    const subnet = subnetsByZone.get(zone);
    if (overrideCount >= FLEET_OVERRIDES_MAX) break;
    if (type === undefined || subnet === undefined || unavailable.has(instanceType, zone, order.capacityType)) continue;
    add(type, { instanceType, zone, subnetId: subnet.id });
  }
  return [...groups.values()];
}
