import type { CapacityType } from '../core/instance-type.ts';
import type { Clock } from '../ports/clock.ts';

/** EC2's stock changes within minutes; asking sooner mostly buys the same refusal, waiting longer misses cheap offerings. */
const UNAVAILABLE_FOR_MS = 3 * 60_000;

/** The offerings that EC2 lately refused for want of capacity. */
export interface UnavailableOfferings {
  /** Remembers a refusal for three minutes; a second refusal extends it. */
  mark(instanceType: string, zone: string, capacityType: CapacityType): void;
  has(instanceType: string, zone: string, capacityType: CapacityType): boolean;
  /** Grows with each mark and each expiry that was noticed: equal versions, equal answers. */
  version(): number;
}

/** An empty memory. Bounded by the number of offerings EC2 has (some 15,000 a region). */
export function createUnavailableOfferings(clock: Pick<Clock, 'nowMs'>): UnavailableOfferings {
  const untilMs = new Map<string, number>();
  let changes = 0;

  function forgetExpired(): void {
    const nowMs = clock.nowMs();
    for (const [offering, expiresAtMs] of untilMs) {
      if (expiresAtMs > nowMs) continue;
      untilMs.delete(offering);
      changes += 1;
    }
  }

  return {
    mark(instanceType, zone, capacityType) {
      untilMs.set(`${capacityType}/${instanceType}/${zone}`, clock.nowMs() + UNAVAILABLE_FOR_MS);
      changes += 1;
    },
    has(instanceType, zone, capacityType) {
      const expiresAtMs = untilMs.get(`${capacityType}/${instanceType}/${zone}`);
      return expiresAtMs !== undefined && expiresAtMs > clock.nowMs();
    },
    version() {
      forgetExpired();
      return changes;
    },
  };
}
