import { createSeededRandom, type SeededRandom } from '../../sandbox/seeded-random.ts';
import { ARCH_LABEL, CAPACITY_TYPE_LABEL, OS_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type {
  NodeManifest,
  PodManifest,
  Problem,
  ProvisionerManifest,
  TaintManifest,
  TypeRecord,
} from '../problem/problem-file.ts';
import { nodeManifest } from './node-manifest.ts';
import { createPodMaker, type Deployment } from './pod-maker.ts';
import { daemonSet, provisionerOf } from './provisioners.ts';
import { type ConstraintKind, randomPodSpec } from './random-constraints.ts';
import { randomTypes, TEAM_LABEL, TEAMS, ZONES } from './random-types.ts';
import { pick } from './shapes.ts';

/** How large a random problem gets: small enough that a person can follow a counter-example. */
const SIZES = { deploymentsMax: 5, replicasMax: 6, provisionersMax: 3, nodesMax: 4, boundPerNodeMax: 3 };
const CPU_MILLI = [100, 250, 500, 1000, 1900, 3500];
const MEMORY_MIB = [64, 256, 512, 1024, 3000, 7000];
const TAINT: TaintManifest = { key: 'dedicated', value: 'blue', effect: 'NoSchedule' };
const TOLERATION = { key: 'dedicated', operator: 'Equal', value: 'blue', effect: 'NoSchedule' };

/** A small problem in which these kinds of constraints are mixed at random. Equal arguments give equal problems. */
export function randomProblem(seed: number, kinds: ReadonlySet<ConstraintKind>): Problem {
  const random = createSeededRandom(seed).fork('problem');
  const name = `random-${seed}`;
  const maker = createPodMaker(name);
  const types = randomTypes(random.fork('types'));
  const provisioners = randomProvisioners(random.fork('provisioners'), kinds);
  const deployments = randomDeployments(random.fork('deployments'), kinds);
  const nodes = kinds.has('nodes') ? randomNodes(random.fork('nodes'), types, provisioners) : [];
  const bound = nodes.flatMap((node) => boundPods(node, deployments, random.fork(node.metadata.name), maker.pod));
  return {
    format: 1,
    name,
    seed,
    instanceTypes: types,
    provisioners,
    ...(kinds.has('daemons') ? { daemonSets: randomDaemons(random.fork('daemons')) } : {}),
    ...(nodes.length > 0 ? { nodes } : {}),
    pods: [...bound, ...maker.rollOut(deployments)],
  };
}

function chance(random: SeededRandom, probability: number): boolean {
  return random.next() < probability;
}

function some<T>(random: SeededRandom, values: readonly T[]): T[] {
  const taken = values.filter(() => chance(random, 0.6));
  return taken.length > 0 ? taken : [pick(random, values)];
}

function randomProvisioners(random: SeededRandom, kinds: ReadonlySet<ConstraintKind>): ProvisionerManifest[] {
  return Array.from({ length: random.integer(1, SIZES.provisionersMax) }, (_, index) => {
    const isTainted = kinds.has('taints') && chance(random, 0.4);
    const isLimited = kinds.has('limits') && chance(random, 0.5);
    const isTeams = kinds.has('selectors') && chance(random, 0.5);
    const isWeighted = kinds.has('weights') && chance(random, 0.5);
    return provisionerOf(`pool-${index}`, {
      requirements: [
        { key: CAPACITY_TYPE_LABEL, operator: 'In', values: some(random, ['on-demand', 'spot']) },
        { key: OS_LABEL, operator: 'In', values: ['linux'] },
        ...(chance(random, 0.5) ? [{ key: ZONE_LABEL, operator: 'In', values: some(random, ZONES) }] : []),
        ...(chance(random, 0.3) ? [{ key: ARCH_LABEL, operator: 'In', values: some(random, ['amd64', 'arm64']) }] : []),
        ...(isTeams && chance(random, 0.5) ? [{ key: TEAM_LABEL, operator: 'In', values: some(random, TEAMS) }] : []),
      ],
      ...(isTeams && chance(random, 0.3) ? { labels: { tier: pick(random, ['web', 'batch']) } } : {}),
      ...(isTainted ? { taints: [TAINT] } : {}),
      ...(isLimited ? { limits: { resources: { cpu: `${random.integer(2, 24)}` } } } : {}),
      ...(isWeighted ? { weight: random.integer(1, 100) } : {}),
    });
  });
}

function randomDeployments(random: SeededRandom, kinds: ReadonlySet<ConstraintKind>): Deployment[] {
  return Array.from({ length: random.integer(1, SIZES.deploymentsMax) }, (_, index) => {
    const name = `app-${index}`;
    const tolerations = kinds.has('taints') && chance(random, 0.5) ? { tolerations: [TOLERATION] } : {};
    const hasPort = kinds.has('host-ports') && chance(random, 0.25);
    return {
      name,
      labels: { app: name, group: pick(random, ['red', 'green']) },
      replicas: random.integer(1, SIZES.replicasMax),
      cpuMilli: pick(random, CPU_MILLI),
      memoryMib: pick(random, MEMORY_MIB),
      ...(hasPort ? { ports: [{ containerPort: 80, hostPort: pick(random, [80, 8080]) }] } : {}),
      spec: { ...randomPodSpec(random, name, kinds), ...tolerations },
    };
  });
}

function randomDaemons(random: SeededRandom) {
  const arm = { nodeSelector: { [ARCH_LABEL]: 'arm64' } };
  return [
    daemonSet('agent', { cpu: `${random.integer(1, 4) * 50}m`, memory: '64Mi' }),
    ...(chance(random, 0.5) ? [daemonSet('arm-agent', { cpu: '200m', memory: '128Mi' }, arm)] : []),
  ];
}

function randomNodes(
  random: SeededRandom,
  types: readonly TypeRecord[],
  provisioners: readonly ProvisionerManifest[],
): NodeManifest[] {
  return Array.from({ length: random.integer(0, SIZES.nodesMax) }, (_, index) => {
    const type = pick(random, types);
    const provisioner = pick(random, provisioners);
    const offering = pick(random, type.offerings);
    const name = `node-${index}`;
    return nodeManifest({
      name,
      type,
      zone: offering.zone,
      capacityType: offering.capacityType,
      provisionerName: provisioner.metadata.name,
      providerId: `random:///${name}`,
      // These types have whole cores; what the system keeps of them is a tenth of one.
      allocatable: { cpu: `${Number(type.capacity.cpu) * 1000 - 100}m` },
      labels: provisioner.spec.labels ?? {},
      taints: provisioner.spec.taints ?? [],
    });
  });
}

/** Small pods with the labels of the deployments, without constraints of their own: what others find there. */
function boundPods(
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
