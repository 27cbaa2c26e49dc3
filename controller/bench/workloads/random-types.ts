import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import type { OfferingRecord, TypeRecord } from '../problem/problem-file.ts';
import { pick } from './shapes.ts';

export const ZONES = ['z1', 'z2', 'z3'];
/** A label that only Provisioners set. */
export const TEAM_LABEL = 'team';
export const TEAMS = ['red', 'blue'];
/** A label that only Provisioners set, to spread over. */
export const RACK_LABEL = 'example.com/rack';
export const RACKS = ['r1', 'r2'];
/** What accelerated types have and others lack. */
export const DEVICE = 'example.com/device';
export const FAMILY_LABEL = 'example.com/family';
export const CORES_LABEL = 'example.com/cores';
export const ACCELERATOR_LABEL = 'example.com/accelerator';

const CORES = [1, 2, 4, 8, 16];
const GIB_PER_CORE = { c: 2, m: 4, r: 8 } as const;
const FAMILIES = ['c', 'm', 'r'] as const;

/** A handful of types: some of one zone or without spot, some out of stock, one with an accelerator label that others lack. */
export function randomTypes(random: SeededRandom): readonly TypeRecord[] {
  const names = new Set<string>();
  const types: TypeRecord[] = [];
  const wanted = random.integer(3, 8);
  for (let drawn = 0; drawn < 4 * wanted && types.length < wanted; drawn++) {
    const type = randomType(random);
    if (names.has(type.name)) continue;
    names.add(type.name);
    types.push(type);
  }
  return types;
}

function randomType(random: SeededRandom): TypeRecord {
  const family = pick(random, FAMILIES);
  const cores = pick(random, CORES);
  const arch = random.next() < 0.75 ? 'amd64' : 'arm64';
  const memoryGib = cores * GIB_PER_CORE[family];
  const isAccelerated = random.next() < 0.15;
  const onDemand = Math.round((cores * 0.03 + memoryGib * 0.004 + (isAccelerated ? 0.5 : 0)) * 1e4) / 1e4;
  return {
    name: `${family}${cores}-${arch}`,
    arch,
    os: ['linux'],
    labels: {
      [FAMILY_LABEL]: family,
      [CORES_LABEL]: `${cores}`,
      ...(isAccelerated ? { [ACCELERATOR_LABEL]: 'x1' } : {}),
    },
    capacity: {
      cpu: `${cores}`,
      memory: `${memoryGib}Gi`,
      pods: `${Math.min(110, 4 + 4 * cores)}`,
      ...(isAccelerated ? { [DEVICE]: `${Math.max(1, cores / 2)}` } : {}),
    },
    overhead: { cpu: '80m', memory: '300Mi' },
    offerings: randomOfferings(random, onDemand),
  };
}

function randomOfferings(random: SeededRandom, onDemand: number): OfferingRecord[] {
  const sold = ZONES.filter(() => random.next() < 0.8);
  const zones = sold.length > 0 ? sold : [pick(random, ZONES)];
  const hasSpot = random.next() < 0.7;
  return zones.flatMap((zone) => [
    { zone, capacityType: 'on-demand', price: onDemand, available: random.next() < 0.95 },
    ...(hasSpot
      ? [{ zone, capacityType: 'spot', price: spotPrice(random, onDemand), available: random.next() < 0.85 }]
      : []),
  ]);
}

function spotPrice(random: SeededRandom, onDemand: number): number {
  return Math.round(onDemand * (0.25 + random.next() / 2) * 1e6) / 1e6;
}
