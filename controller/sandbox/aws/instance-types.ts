import { AwsError } from './aws-error.ts';
import type { Hardware } from './catalogue.ts';
import { isOfferedIn } from './catalogue.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';
import { ec2Architecture } from './images.ts';
import { priceNanoUsdPerHour } from './prices.ts';

/** The region's zones; instances can be launched in those that have a subnet. */
export const ZONE_LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

const NO_TAGS = {};

/** Types that pass all filters, by name. `names` that do not exist throw InvalidInstanceType. */
export function describeInstanceTypes(
  model: CloudModel,
  filters: readonly Filter[],
  names: readonly string[],
): readonly Hardware[] {
  const unknown = names.filter((name) => !model.catalogue.types.has(name));
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const passes = filterTest<Hardware>(filters, () => NO_TAGS, hardwareField);
  return [...model.catalogue.types.values()].filter(
    (hardware) => (names.length === 0 || names.includes(hardware.name)) && passes(hardware),
  );
}

/** How the type can be bought. */
export function usageClasses(hardware: Hardware): readonly ('on-demand' | 'spot')[] {
  return hardware.spot === true ? ['on-demand', 'spot'] : ['on-demand'];
}

function hardwareField(hardware: Hardware, name: string): readonly string[] | undefined {
  switch (name) {
    case 'instance-type':
      return [hardware.name];
    case 'supported-virtualization-type':
      return ['hvm'];
    case 'processor-info.supported-architecture':
      return [ec2Architecture(hardware.arch)];
    case 'supported-usage-class':
      return usageClasses(hardware);
    case 'bare-metal':
      return [String(hardware.metal === true)];
    case 'current-generation':
      return [String(hardware.current === true)];
    case 'burstable-performance-supported':
      return [String(hardware.burstable === true)];
    case 'hypervisor':
      return hardware.hypervisor === undefined ? [] : [hardware.hypervisor];
    case 'vcpu-info.default-vcpus':
      return [String(hardware.vcpus)];
    case 'memory-info.size-in-mib':
      return [String(hardware.memoryMiB)];
    default:
      return undefined;
  }
}

export interface TypeOffering {
  readonly instanceType: string;
  readonly location: string;
}

/** Which types are sold in which zones, or (location type `region`) at all; by type, then location. */
export function describeInstanceTypeOfferings(
  model: CloudModel,
  locationType: string,
  filters: readonly Filter[],
): readonly TypeOffering[] {
  const { region } = model.state;
  const locations = locationType === 'availability-zone' ? ZONE_LETTERS.map((letter) => region + letter) : [region];
  const passes = filterTest<TypeOffering>(
    filters,
    () => NO_TAGS,
    ({ instanceType, location }, name) => {
      if (name === 'instance-type') return [instanceType];
      return name === 'location' ? [location] : undefined;
    },
  );
  return [...model.catalogue.types.values()].flatMap((hardware) =>
    locations
      .filter((location) => location === region || isOfferedIn(hardware, location))
      .map((location) => ({ instanceType: hardware.name, location }))
      .filter(passes),
  );
}

export interface SpotPrice {
  readonly instanceType: string;
  readonly zone: string;
  readonly priceNanoUsdPerHour: number;
}

/** Today's spot prices, by type, then zone. They never change, so that the history is one entry each. */
export function describeSpotPrices(
  model: CloudModel,
  {
    instanceTypes = [],
    zone,
    filters = [],
  }: { instanceTypes?: readonly string[]; zone?: string; filters?: readonly Filter[] },
): readonly SpotPrice[] {
  const zones = ZONE_LETTERS.map((letter) => model.state.region + letter).filter(
    (name) => zone === undefined || name === zone,
  );
  const passes = filterTest<SpotPrice>(
    filters,
    () => NO_TAGS,
    (price, name) => {
      if (name === 'instance-type') return [price.instanceType];
      if (name === 'availability-zone') return [price.zone];
      return name === 'product-description' ? ['Linux/UNIX'] : undefined;
    },
  );
  const asked = new Set(instanceTypes);
  return [...model.catalogue.types.values()]
    .filter(({ name }) => asked.size === 0 || asked.has(name))
    .flatMap((hardware) =>
      zones.flatMap((name) => {
        const price = priceNanoUsdPerHour(hardware, name, 'spot');
        return price === undefined ? [] : [{ instanceType: hardware.name, zone: name, priceNanoUsdPerHour: price }];
      }),
    )
    .filter(passes);
}
