import type { SeededRandom } from '../../sandbox/seeded-random.ts';

/** What one pod requests. */
export interface Shape {
  readonly cpuMilli: number;
  readonly memoryMib: number;
}

const BENCHMARK_CPU_MILLI = [100, 250, 500, 1000, 1500];
const BENCHMARK_MEMORY_MIB = [100, 256, 512, 1024, 2048, 4096];

/** One of the thirty shapes of Karpenter's scheduling benchmark. */
export function benchmarkShape(random: SeededRandom): Shape {
  return { cpuMilli: pick(random, BENCHMARK_CPU_MILLI), memoryMib: pick(random, BENCHMARK_MEMORY_MIB) };
}

/** A shape as clusters have them: most are small, some are large, cpu and memory are independent. */
export function lognormalShape(random: SeededRandom): Shape {
  return {
    cpuMilli: lognormal(random, { median: 500, sigma: 1, min: 50, max: 16_000, step: 10 }),
    memoryMib: lognormal(random, { median: 1024, sigma: 1.1, min: 64, max: 65_536, step: 16 }),
  };
}

function lognormal(
  random: SeededRandom,
  { median, sigma, min, max, step }: { median: number; sigma: number; min: number; max: number; step: number },
): number {
  const gauss = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const drawn = Math.round((median * Math.exp(sigma * gauss)) / step) * step;
  return Math.min(max, Math.max(min, drawn));
}

/** One of the values, each as likely as the next. Throws when there is none. */
export function pick<T>(random: SeededRandom, values: readonly T[]): T {
  const value = values[random.integer(0, values.length - 1)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}
