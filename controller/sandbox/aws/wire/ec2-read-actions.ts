import type { CloudModel } from '../cloud-model.ts';
import type { Filter } from '../filters.ts';
import { describeImages } from '../images.ts';
import {
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeSpotPrices,
  ZONE_LETTERS,
} from '../instance-types.ts';
import { describeInstances } from '../instances.ts';
import { describeLaunchTemplates } from '../launch-templates.ts';
import { describeNetworkInterfaces } from '../network-interfaces.ts';
import { describeSecurityGroups } from '../security-groups.ts';
import { describeSubnets } from '../subnets.ts';
import { describeTags } from '../tags.ts';
import {
  imageShape,
  instanceShape,
  launchTemplateShape,
  networkInterfaceShape,
  securityGroupShape,
  subnetShape,
} from './ec2-shapes.ts';
import { instanceTypeShape } from './instance-type-shape.ts';
import { pageOf } from './pages.ts';
import type { QueryParams } from './query-params.ts';
import type { XmlRecord } from './xml.ts';

/** One EC2 action: reads its parameters, acts on the model, and returns the elements of its answer. */
export type Ec2Action = (model: CloudModel, params: QueryParams) => XmlRecord;

/** EC2's page sizes. */
const INSTANCE_TYPES_PAGE = 100;
const PAGE = 1_000;

const filtersOf = (params: QueryParams): readonly Filter[] =>
  params.items('Filter').map((filter) => ({ name: filter.text('Name') ?? '', values: filter.texts('Value') }));

/** Actions that only look. */
export const EC2_READ_ACTIONS: Readonly<Record<string, Ec2Action>> = {
  DescribeAvailabilityZones: ({ state }) => ({
    availabilityZoneInfo: ZONE_LETTERS.map((letter, index) => ({
      zoneName: state.region + letter,
      zoneId: `use1-az${index + 1}`,
      regionName: state.region,
      groupName: state.region,
      zoneType: 'availability-zone',
      optInStatus: 'opt-in-not-required',
      zoneState: 'available',
    })),
  }),

  DescribeImages: (model, params) => {
    const query = { ids: params.texts('ImageId'), owners: params.texts('Owner'), filters: filtersOf(params) };
    const page = pageOf(describeImages(model, query), ({ id }) => id, params, PAGE);
    return { imagesSet: page.items.map(imageShape), nextToken: page.nextToken };
  },

  DescribeInstances: (model, params) => {
    const found = describeInstances(model, { ids: params.texts('InstanceId'), filters: filtersOf(params) });
    const page = pageOf(found, ({ id }) => id, params, PAGE);
    const reservations = page.items.map((instance) => ({
      reservationId: instance.id.replace('i-', 'r-'),
      ownerId: model.state.accountId,
      instancesSet: [instanceShape(model, instance)],
    }));
    return { reservationSet: reservations, nextToken: page.nextToken };
  },

  DescribeInstanceTypeOfferings: (model, params) => {
    const locationType = params.text('LocationType') ?? 'region';
    const found = describeInstanceTypeOfferings(model, locationType, filtersOf(params));
    const page = pageOf(found, ({ instanceType, location }) => `${instanceType} ${location}`, params, PAGE);
    const offerings = page.items.map(({ instanceType, location }) => ({ instanceType, locationType, location }));
    return { instanceTypeOfferingSet: offerings, nextToken: page.nextToken };
  },

  DescribeInstanceTypes: (model, params) => {
    const found = describeInstanceTypes(model, filtersOf(params), params.texts('InstanceType'));
    const page = pageOf(found, ({ name }) => name, params, INSTANCE_TYPES_PAGE);
    return { instanceTypeSet: page.items.map(instanceTypeShape), nextToken: page.nextToken };
  },

  DescribeLaunchTemplates: (model, params) => {
    const query = {
      names: params.texts('LaunchTemplateName'),
      ids: params.texts('LaunchTemplateId'),
      filters: filtersOf(params),
    };
    const page = pageOf(describeLaunchTemplates(model, query), ({ name }) => name, params, PAGE);
    return {
      launchTemplates: page.items.map((template) => launchTemplateShape(model, template)),
      nextToken: page.nextToken,
    };
  },

  DescribeNetworkInterfaces: (model, params) => {
    const found = describeNetworkInterfaces(model, filtersOf(params), params.texts('NetworkInterfaceId'));
    const page = pageOf(found, ({ id }) => id, params, PAGE);
    return {
      networkInterfaceSet: page.items.map((networkInterface) => networkInterfaceShape(model, networkInterface)),
      nextToken: page.nextToken,
    };
  },

  DescribeSecurityGroups: (model, params) => {
    const found = describeSecurityGroups(model, filtersOf(params), params.texts('GroupId'));
    const page = pageOf(found, ({ id }) => id, params, PAGE);
    return {
      securityGroupInfo: page.items.map((group) => securityGroupShape(model, group)),
      nextToken: page.nextToken,
    };
  },

  DescribeSpotPriceHistory: (model, params) => {
    const zone = params.text('AvailabilityZone');
    const query = {
      instanceTypes: params.texts('InstanceType'),
      filters: filtersOf(params),
      ...(zone === undefined ? {} : { zone }),
    };
    const page = pageOf(
      describeSpotPrices(model, query),
      (price) => `${price.instanceType} ${price.zone}`,
      params,
      PAGE,
    );
    const timestamp = new Date(model.timers.nowMs()).toISOString();
    const prices = page.items.map((price) => ({
      instanceType: price.instanceType,
      availabilityZone: price.zone,
      productDescription: 'Linux/UNIX',
      spotPrice: (price.priceNanoUsdPerHour / 1e9).toFixed(6),
      timestamp,
    }));
    // The last page of this call says so with an empty token, not with none.
    return { spotPriceHistorySet: prices, nextToken: page.nextToken ?? '' };
  },

  DescribeSubnets: (model, params) => {
    const found = describeSubnets(model, filtersOf(params), params.texts('SubnetId'));
    const page = pageOf(found, ({ id }) => id, params, PAGE);
    return { subnetSet: page.items.map((subnet) => subnetShape(model, subnet)), nextToken: page.nextToken };
  },

  DescribeTags: (model, params) => {
    const found = describeTags(model, filtersOf(params));
    const page = pageOf(found, ({ resourceId, key }) => `${resourceId} ${key}`, params, PAGE);
    return { tagSet: page.items.map((tag) => ({ ...tag })), nextToken: page.nextToken };
  },
};
