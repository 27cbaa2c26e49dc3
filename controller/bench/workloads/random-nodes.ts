import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { INITIALIZED_LABEL } from '../../src/api/names.ts';
import type {
  NodeManifest,
  PodManifest,
  ProvisionerManifest,
  TaintManifest,
  TypeRecord,
} from '../problem/problem-file.ts';
import { nodeManifest } from './node-manifest.ts';
import type { Deployment } from './pod-maker.ts';
import { drawOf, type Kinds } from './random-constraints.ts';
import { TOLERATION } from './random-provisioners.ts';
import { pick } from './shapes.ts';

const SIZES = { nodesMax: 4, boundPerNodeMax: 3 };
const NOT_READY: TaintManifest = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** Nodes that the Provisioners bought before; some are not done with their start when `young-nodes` is asked for. */
export function randomNodes(
  random: SeededRandom,
  types: readonly TypeRecord[],
  provisioners: readonly ProvisionerManifest[],
  kinds: Kinds,
): NodeManifest[] {
  const draw = drawOf(random, kinds);
  return Array.from({ length: random.integer(0, SIZES.nodesMax) }, (_, index) => {
    const type = pick(random, types);
    const { metadata, spec } = pick(random, provisioners);
    const offering = pick(random, type.offerings);
    const name = `node-${index}`;
    const node = nodeManifest({
      name,
      type,
      zone: offering.zone,
      capacityType: offering.capacityType,
      provisionerName: metadata.name,
      providerId: `random:///${name}`,
      // These types have whole cores; what the system keeps of them is a tenth of one.
      allocatable: { cpu: `${Number(type.capacity.cpu) * 1000 - 100}m` },
      labels: spec.labels ?? {},
      taints: spec.taints ?? [],
    });
    return draw('young-nodes') ? inStart(node, spec.startupTaints ?? []) : node;
  });
}

/** The node before it is done with its start. */
function inStart(node: NodeManifest, startupTaints: readonly TaintManifest[]): NodeManifest {
  const { [INITIALIZED_LABEL]: _done, ...labels } = node.metadata.labels ?? {};
  return {
    ...node,
    metadata: { ...node.metadata, labels },
    spec: { ...node.spec, taints: [...(node.spec?.taints ?? []), ...startupTaints, NOT_READY] },
  };
}

/** Small pods with the labels of the deployments, without constraints of their own: what others find there. */
export function boundPods(
  node: NodeManifest,
  deployments: readonly Deployment[],
  random: SeededRandom,
  make: (from: Omit<Deployment, 'replicas'>) => PodManifest,
): PodManifest[] {
  return Array.from({ length: random.integer(0, SIZES.boundPerNodeMax) }, () => {
    const { name, labels = {} } = pick(random, deployments);
    const spec = { nodeName: node.metadata.name, tolerations: [TOLERATION] };
    return make({ name: `${name}-there`, labels, cpuMilli: 50, memoryMib: 32, spec });
  });
}
