import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { INSTANCE_LABELS } from '../../src/api/names.ts';
import type { NodeManifest, PodManifest, TypeRecord } from '../problem/problem-file.ts';
import { awsTypes } from './aws-types.ts';
import { nodeManifest } from './node-manifest.ts';
import type { PodMaker } from './pod-maker.ts';
import { benchmarkShape, pick } from './shapes.ts';

const SIZES = ['large', 'xlarge', '2xlarge', '4xlarge'];
const GENERATION_MIN = 5;
const FILLS = [0.3, 0.5, 0.7, 0.9];
const PODS_PER_NODE_MAX = 30;

/** So many nodes of the default Provisioner in the zones by turns, each filled with plain pods to one of four levels. */
export function filledCluster(
  count: number,
  {
    zones,
    zoneNames,
    maker,
    random,
  }: { zones: string; zoneNames: readonly string[]; maker: PodMaker; random: SeededRandom },
): { readonly nodes: readonly NodeManifest[]; readonly pods: readonly PodManifest[] } {
  const types = awsTypes(zones).filter((type) => isUsual(type, zoneNames));
  const pods: PodManifest[] = [];
  const nodes = Array.from({ length: count }, (_, index) => {
    const type = pick(random, types);
    const name = `node-${String(index).padStart(5, '0')}`;
    const node = nodeOf(name, type, zoneNames[index % zoneNames.length] ?? '');
    pods.push(...fill(name, type, maker, random));
    return node;
  });
  return { nodes, pods };
}

function isUsual({ arch, labels, offerings }: TypeRecord, zones: readonly string[]): boolean {
  return (
    arch === 'amd64' &&
    ['c', 'm', 'r'].includes(labels[INSTANCE_LABELS.category] ?? '') &&
    Number(labels[INSTANCE_LABELS.generation]) >= GENERATION_MIN &&
    SIZES.includes(labels[INSTANCE_LABELS.size] ?? '') &&
    zones.every((zone) => offerings.some((offering) => offering.zone === zone))
  );
}

function nodeOf(name: string, type: TypeRecord, zone: string): NodeManifest {
  const { cpuMilli, memoryMib } = allocatable(type);
  return nodeManifest({
    name,
    type,
    zone,
    capacityType: 'on-demand',
    provisionerName: 'default',
    providerId: `aws:///${zone}/${name}`,
    allocatable: { cpu: `${cpuMilli}m`, memory: `${memoryMib}Mi`, 'ephemeral-storage': '17Gi' },
  });
}

function allocatable({ capacity, overhead }: TypeRecord): { readonly cpuMilli: number; readonly memoryMib: number } {
  const integer = (text = '0'): number => Number.parseInt(text, 10);
  return {
    cpuMilli: integer(capacity.cpu) * 1000 - integer(overhead.cpu),
    memoryMib: integer(capacity.memory) - integer(overhead.memory),
  };
}

/** Pods until the next one would exceed the level that was drawn; at least tries so often. */
function fill(nodeName: string, type: TypeRecord, maker: PodMaker, random: SeededRandom): PodManifest[] {
  const { cpuMilli, memoryMib } = allocatable(type);
  const level = pick(random, FILLS);
  const left = { cpuMilli: cpuMilli * level, memoryMib: memoryMib * level };
  const pods: PodManifest[] = [];
  for (let tried = 0; tried < PODS_PER_NODE_MAX; tried++) {
    const shape = benchmarkShape(random);
    if (shape.cpuMilli > left.cpuMilli || shape.memoryMib > left.memoryMib) {
      if (pods.length > 0) break;
      continue;
    }
    left.cpuMilli -= shape.cpuMilli;
    left.memoryMib -= shape.memoryMib;
    pods.push(maker.pod({ name: 'work', ...shape, spec: { nodeName } }));
  }
  return pods;
}
