import { createSeededRandom, type SeededRandom } from '../../sandbox/seeded-random.ts';
import type { PodManifest, Problem } from '../problem/problem-file.ts';
import { createPodMaker, type Deployment } from './pod-maker.ts';
import { type Kinds, randomPodSpec } from './random-constraints.ts';
import { boundPods, randomNodes } from './random-nodes.ts';
import { withPreferences } from './random-preferences.ts';
import { randomDaemons, randomProvisioners, TOLERATION } from './random-provisioners.ts';
import { randomRequests } from './random-requests.ts';
import { GROUPS, NAMESPACES, VERSIONS } from './random-topology.ts';
import { randomTypes } from './random-types.ts';
import { pick } from './shapes.ts';

/** How large a random problem gets: small enough that a person can follow a counter-example. */
const SIZES = { deploymentsMax: 5, replicasMax: 6 };
const CPU_MILLI = [100, 250, 500, 1000, 1900, 3500];
const MEMORY_MIB = [64, 256, 512, 1024, 3000, 7000];

/** A small problem in which these kinds of constraints are mixed at random. Equal arguments give equal problems. */
export function randomProblem(seed: number, kinds: Kinds): Problem {
  const random = createSeededRandom(seed).fork('problem');
  const name = `random-${seed}`;
  const maker = createPodMaker(name);
  const types = randomTypes(random.fork('types'));
  const provisioners = randomProvisioners(random.fork('provisioners'), kinds);
  const deployments = randomDeployments(random.fork('deployments'), kinds);
  const nodes = kinds.has('nodes') ? randomNodes(random.fork('nodes'), types, provisioners, kinds) : [];
  const bound = nodes.flatMap((node) => boundPods(node, deployments, random.fork(node.metadata.name), maker.pod));
  const inNamespace = settler(random.fork('namespaces'), deployments, kinds);
  return {
    format: 1,
    name,
    seed,
    instanceTypes: types,
    provisioners,
    ...(kinds.has('daemons') ? { daemonSets: randomDaemons(random.fork('daemons')) } : {}),
    ...(nodes.length > 0 ? { nodes } : {}),
    pods: [...bound, ...maker.rollOut(deployments)].map(inNamespace),
  };
}

function randomDeployments(random: SeededRandom, kinds: Kinds): Deployment[] {
  return Array.from({ length: random.integer(1, SIZES.deploymentsMax) }, (_, index) => {
    const name = `app-${index}`;
    const tolerations = kinds.has('taints') && random.next() < 0.5 ? { tolerations: [TOLERATION] } : {};
    const hasPort = kinds.has('host-ports') && random.next() < 0.25;
    const main = { cpuMilli: pick(random, CPU_MILLI), memoryMib: pick(random, MEMORY_MIB) };
    const { spec: more, ...requests } = randomRequests(random.fork(`requests of ${name}`), kinds, main);
    const constraints = randomPodSpec(random.fork(`constraints of ${name}`), name, kinds);
    return {
      name,
      labels: { app: name, group: pick(random, GROUPS), version: pick(random, VERSIONS) },
      replicas: random.integer(1, SIZES.replicasMax),
      ...main,
      ...requests,
      ...(hasPort ? { ports: [{ containerPort: 80, hostPort: pick(random, [80, 8080]) }] } : {}),
      spec: {
        ...withPreferences(random.fork(`wishes of ${name}`), name, kinds, constraints),
        ...more,
        ...tolerations,
      },
    };
  });
}

/** Moves all pods of a deployment to its namespace, those that run already too. */
function settler(random: SeededRandom, deployments: readonly Deployment[], kinds: Kinds) {
  const homes = new Map(
    deployments.map(({ name }) => [name, kinds.has('namespaces') ? pick(random, NAMESPACES) : 'default']),
  );
  return (pod: PodManifest): PodManifest => {
    const namespace = homes.get(pod.metadata.labels?.app ?? '') ?? 'default';
    return { ...pod, metadata: { ...pod.metadata, namespace } };
  };
}
