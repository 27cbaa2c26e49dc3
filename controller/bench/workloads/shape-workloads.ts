import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import type { PodManifest } from '../problem/problem-file.ts';
import type { PodMaker } from './pod-maker.ts';
import { lognormalShape, type Shape } from './shapes.ts';

interface Count {
  readonly pods: number;
  readonly shapes: number;
}

/** Plain pods, each of one of so many shapes; with as many shapes as pods, each of its own. */
export function* shapedPods({ pods, shapes }: Count, maker: PodMaker, random: SeededRandom): Generator<PodManifest> {
  const drawn = Array.from({ length: shapes }, () => lognormalShape(random));
  for (let index = 0; index < pods; index++) {
    const shape = shapes >= pods ? index : random.integer(0, shapes - 1);
    yield maker.pod({ name: `random-${shape}`, ...(drawn[shape] as Shape) });
  }
}

/** Of all cpu that the pods ask for, the limit lets in this part. */
const LIMIT_FRACTION = 0.7;

/** Plain pods, and a limit in whole cores that lets two thirds of them in. */
export function limitedPods(
  { pods, shapes }: Count,
  maker: PodMaker,
  random: SeededRandom,
): { readonly pods: readonly PodManifest[]; readonly limitCpu: number } {
  const drawn = Array.from({ length: shapes }, () => lognormalShape(random));
  let cpuMilli = 0;
  const made = Array.from({ length: pods }, () => {
    const index = random.integer(0, shapes - 1);
    const shape = drawn[index] as Shape;
    cpuMilli += shape.cpuMilli;
    return maker.pod({ name: `limited-${index}`, ...shape });
  });
  return { pods: made, limitCpu: Math.round((cpuMilli / 1000) * LIMIT_FRACTION) };
}
