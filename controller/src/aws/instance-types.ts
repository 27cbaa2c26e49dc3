import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { Settings } from '../config.ts';
import type { InstanceType, Offering } from '../core/instance-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeTemplate } from '../ports/cloud.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { imageFor } from './images.ts';
import type { InstanceTypeCatalogue, InstanceTypeFacts } from './instance-type-facts.ts';
import { type ModelContext, modelInstanceType } from './instance-type-model.ts';
import { podsMax } from './pod-density.ts';
import type { Prices } from './prices.ts';
import type { TemplateFacts } from './template-resolution.ts';
import type { UnavailableOfferings } from './unavailable-offerings.ts';

/** A list stays right as long as what it was made from does; this bounds how long an unused one is kept. */
const LIST_TTL_MS = 5 * 60_000;

/** Lists the types that a template can launch, sorted by name. Equal inputs give the very same list, so that callers may compare. */
export type InstanceTypeList = (
  template: NodeTemplate,
  kubelet: KubeletConfiguration,
) => Promise<readonly InstanceType[]>;

/** A list over the given sources. */
export function createInstanceTypeList(options: {
  readonly region: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly settings: () => Settings;
  readonly catalogue: () => Promise<InstanceTypeCatalogue>;
  readonly resolve: (template: NodeTemplate) => Promise<TemplateFacts>;
  readonly prices: Prices;
  readonly unavailable: UnavailableOfferings;
}): InstanceTypeList {
  const { region, clock, settings, catalogue, resolve, prices, unavailable } = options;
  const lists = createCachedAnswers<readonly InstanceType[]>(clock, LIST_TTL_MS);

  return async (template, kubelet) => {
    const [known, facts] = await Promise.all([catalogue(), resolve(template), prices.refresh()]);
    const zones = new Set(facts.subnets.map(({ zone }) => zone));
    const context: ModelContext = {
      region,
      family: facts.family,
      kubelet,
      blockDeviceMappings: template.spec.blockDeviceMappings,
      settings: settings(),
    };
    const question = JSON.stringify([
      context,
      known.reading,
      [...zones].sort(),
      facts.images.map(({ id }) => id),
      facts.ownLaunchTemplate,
      prices.version(),
      unavailable.version(),
    ]);
    return lists.get(question, async () =>
      known.types
        .filter((type) => facts.ownLaunchTemplate !== undefined || hasImage(type, facts, context))
        .flatMap((type) => {
          const offerings = offeringsOf(type, known, zones, prices, unavailable);
          return offerings.length === 0 ? [] : [modelInstanceType(type, offerings, context)];
        }),
    );
  };
}

function hasImage(
  type: InstanceTypeFacts,
  facts: TemplateFacts,
  { region, family, kubelet, settings }: ModelContext,
): boolean {
  const pods = podsMax(type, family, kubelet, settings);
  return imageFor(type, facts.images, { region, podsMax: pods }) !== undefined;
}

/** Zones that sell the type and that the template reaches, by each capacity type; sorted by zone, then capacity type. */
function offeringsOf(
  type: InstanceTypeFacts,
  { zonesByType }: InstanceTypeCatalogue,
  zones: ReadonlySet<string>,
  prices: Prices,
  unavailable: UnavailableOfferings,
): readonly Offering[] {
  const selling = [...(zonesByType.get(type.name) ?? [])].filter((zone) => zones.has(zone)).sort();
  return selling.flatMap((zone) =>
    [...type.capacityTypes].sort().map((capacityType) => {
      const price = prices.priceNanoUsdPerHour(type.name, zone, capacityType);
      return {
        zone,
        capacityType,
        // An offering without a price is never available, so the number below is never compared.
        priceNanoUsdPerHour: price ?? Number.MAX_SAFE_INTEGER,
        available: price !== undefined && !unavailable.has(type.name, zone, capacityType),
      };
    }),
  );
}
