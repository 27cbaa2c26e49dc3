import { type EC2Client, paginateDescribeSpotPriceHistory } from '@aws-sdk/client-ec2';
import type { CapacityType } from '../core/instance-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { collectPages } from './answer-pages.ts';
import { toOperationError } from './errors.ts';
import onDemand from './on-demand-prices.json' with { type: 'json' };

const NANO_USD = 1e9;
const ON_DEMAND_NANO_USD: ReadonlyMap<string, number> = new Map(
  Object.entries(onDemand.prices).map(([type, usd]) => [type, Math.round(usd * NANO_USD)]),
);

/** Prices in nano-dollars an hour. */
export interface Prices {
  /** Undefined when the type has no known price: then it is not bought. */
  priceNanoUsdPerHour(instanceType: string, zone: string, capacityType: CapacityType): number | undefined;
  /** Grows with each change: equal versions, equal prices. */
  version(): number;
  /**
   * Makes sure that spot prices have been asked for. Waits only when they never came; prices that have aged are refreshed
   * behind the back of the caller. Never throws: a failure leaves the prices as they were.
   */
  refresh(): Promise<void>;
}

/** Spot prices move slowly since 2017, and the answer is some 20 pages long. */
const SPOT_REFRESH_MS = 12 * 3_600_000;
/** After a failure: soon, but not with every burst of pods. */
const SPOT_RETRY_MS = 60_000;

/**
 * Prices of one region. On-demand prices come from the bundled table, which is us-east-1's: other regions differ by up to
 * half, but nearly alike for all types, so that the order of types, which is what decisions use, holds.
 * A spot price is the on-demand price until EC2 has first told the real ones; after that an unlisted offering has none.
 */
export function createPrices(options: {
  readonly ec2: EC2Client;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
  /** True where EC2's prices are not to be asked. */
  readonly isIsolated: () => boolean;
}): Prices {
  const { ec2, clock, telemetry, isIsolated } = options;
  let spotNanoUsd: ReadonlyMap<string, number> | undefined;
  let versions = 0;
  let nextRefreshAtMs = 0;
  let refreshing: Promise<void> | undefined;

  async function readSpot(): Promise<void> {
    nextRefreshAtMs = clock.nowMs() + SPOT_RETRY_MS;
    try {
      spotNanoUsd = await readSpotPrices(ec2, clock.nowMs());
      versions += 1;
      nextRefreshAtMs = clock.nowMs() + SPOT_REFRESH_MS;
    } catch (error) {
      const { code, message } = toOperationError(error, 'DescribeSpotPriceHistory');
      telemetry.log('warn', 'aws.prices', 'spot prices could not be refreshed', { code, error: message });
    } finally {
      refreshing = undefined;
    }
  }

  return {
    priceNanoUsdPerHour(instanceType, zone, capacityType) {
      if (capacityType === 'spot' && spotNanoUsd !== undefined) return spotNanoUsd.get(`${instanceType}/${zone}`);
      return ON_DEMAND_NANO_USD.get(instanceType);
    },
    version: () => versions,
    async refresh() {
      if (isIsolated()) return;
      if (clock.nowMs() >= nextRefreshAtMs) refreshing ??= readSpot();
      if (spotNanoUsd === undefined) await refreshing;
    },
  };
}

async function readSpotPrices(ec2: EC2Client, nowMs: number): Promise<ReadonlyMap<string, number>> {
  const history = await collectPages(
    'DescribeSpotPriceHistory',
    paginateDescribeSpotPriceHistory(
      { client: ec2, pageSize: 1_000 },
      // From now on: of each offering the one price that holds.
      { ProductDescriptions: ['Linux/UNIX', 'Linux/UNIX (Amazon VPC)'], StartTime: new Date(nowMs) },
    ),
    (page) => page.SpotPriceHistory,
  );
  const latest = new Map<string, { readonly atMs: number; readonly nanoUsd: number }>();
  for (const { InstanceType = '', AvailabilityZone = '', SpotPrice, Timestamp } of history) {
    const price = { atMs: Timestamp?.getTime() ?? 0, nanoUsd: Math.round(Number(SpotPrice) * NANO_USD) };
    const offering = `${InstanceType}/${AvailabilityZone}`;
    const known = latest.get(offering);
    if (Number.isFinite(price.nanoUsd) && (known === undefined || known.atMs < price.atMs)) latest.set(offering, price);
  }
  return new Map([...latest].map(([offering, { nanoUsd }]) => [offering, nanoUsd]));
}
