import type { CapacityType } from '../../src/core/instance-type.ts';
import type { Hardware } from './catalogue.ts';
import { isOfferedIn } from './catalogue.ts';
import { fnv1a32 } from './stable-hash.ts';

const NANO_PER_USD = 1_000_000_000;
/** EC2 quotes spot prices with six decimals. */
const SPOT_STEPS_PER_USD = 1_000_000;
/** Spot costs between a quarter and three quarters of on-demand: the range that EC2 shows in practice. */
const SPOT_PERMILLE_MIN = 250;
const SPOT_PERMILLE_STEPS = 501;

/** The price in nano-dollars an hour, or undefined when the type is not sold in `zone` that way. Spot prices are synthetic. */
export function priceNanoUsdPerHour(hardware: Hardware, zone: string, capacityType: CapacityType): number | undefined {
  if (!isOfferedIn(hardware, zone)) return undefined;
  if (capacityType === 'on-demand') return Math.round(hardware.usdPerHour * NANO_PER_USD);
  if (hardware.spot !== true) return undefined;
  const permille = SPOT_PERMILLE_MIN + (fnv1a32(`${hardware.name}|${zone}`) % SPOT_PERMILLE_STEPS);
  const steps = Math.round((hardware.usdPerHour * SPOT_STEPS_PER_USD * permille) / 1000);
  return steps * (NANO_PER_USD / SPOT_STEPS_PER_USD);
}
