import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import type { ContainerManifest, PodSpecManifest } from '../problem/problem-file.ts';
import type { Deployment } from './pod-maker.ts';
import { drawOf, type Kinds } from './random-constraints.ts';
import { DEVICE } from './random-types.ts';

/** What the pod's only container requests. */
export interface MainRequest {
  readonly cpuMilli: number;
  readonly memoryMib: number;
}

/** How a pod comes to request more than its container: by what runs before or beside it, by its own statement, by its runtime. */
export function randomRequests(
  random: SeededRandom,
  kinds: Kinds,
  { cpuMilli, memoryMib }: MainRequest,
): Pick<Deployment, 'requests'> & { readonly spec: Partial<PodSpecManifest> } {
  const draw = drawOf(random, kinds);
  const initContainers = [
    ...(draw('requests') ? [container('migrate', { cpu: `${random.integer(1, 20) * 100}m`, memory: '512Mi' })] : []),
    ...(draw('requests') ? [sidecar('mesh', { cpu: `${random.integer(1, 5) * 50}m`, memory: '64Mi' })] : []),
    ...(draw('requests') ? [limited('warm-up', { cpu: `${random.integer(1, 20) * 100}m` })] : []),
  ];
  // What a pod states as a whole may not be less than what its containers do.
  const whole = {
    cpu: `${cpuMilli + random.integer(15, 25) * 100}m`,
    memory: `${memoryMib + random.integer(5, 10) * 128}Mi`,
  };
  return {
    ...(draw('requests') ? { requests: { [DEVICE]: '1' } } : {}),
    spec: {
      ...(initContainers.length > 0 ? { initContainers } : {}),
      ...(draw('requests') ? { overhead: { cpu: '100m', memory: '120Mi' } } : {}),
      ...(draw('requests') ? { resources: { requests: whole } } : {}),
    },
  };
}

function container(name: string, requests: Readonly<Record<string, string>>): ContainerManifest {
  return { name, image: 'start:1', resources: { requests } };
}

function sidecar(name: string, requests: Readonly<Record<string, string>>): ContainerManifest {
  return { ...container(name, requests), restartPolicy: 'Always' };
}

function limited(name: string, limits: Readonly<Record<string, string>>): ContainerManifest {
  return { name, image: 'start:1', resources: { limits } };
}
