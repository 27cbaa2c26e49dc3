import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { AffinityManifest, AffinityTermManifest, PodManifest } from '../problem/problem-file.ts';
import { type Deployment, near, type PodMaker, shareOf, spread } from './pod-maker.ts';
import { benchmarkShape, pick } from './shapes.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/**
 * Karpenter's benchmark mix: a fifth each of plain pods, zone spread, hostname spread, zone self-affinity and hostname anti-affinity.
 * A spread's selector is drawn apart from the pod's label, so that most spreads do not count their own pod, as upstream has it.
 */
export function* diversePods(count: number, maker: PodMaker, random: SeededRandom): Generator<PodManifest> {
  const fifth = Math.floor(count / 5);
  const plain = (): PodManifest =>
    maker.pod({ name: 'generic', labels: { 'my-label': pick(random, LETTERS) }, ...benchmarkShape(random) });
  for (let index = 0; index < fifth; index++) yield plain();
  for (const [name, key] of [
    ['zone-spread', ZONE_LABEL],
    ['host-spread', HOSTNAME_LABEL],
  ] as const) {
    for (let index = 0; index < fifth; index++) {
      const labels = { 'my-label': pick(random, LETTERS) };
      const topologySpreadConstraints = [spread(key, { 'my-label': pick(random, LETTERS) })];
      yield maker.pod({ name, labels, ...benchmarkShape(random), spec: { topologySpreadConstraints } });
    }
  }
  for (let index = 0; index < fifth; index++) {
    const labels = { 'my-affininity': pick(random, LETTERS) }; // upstream's spelling
    const affinity = { podAffinity: required(near(ZONE_LABEL, labels)) };
    yield maker.pod({ name: 'zone-affinity', labels, ...benchmarkShape(random), spec: { affinity } });
  }
  const nginx = { app: 'nginx' };
  const apart = { podAntiAffinity: required(near(HOSTNAME_LABEL, nginx)) };
  for (let index = 0; index < fifth; index++) {
    yield maker.pod({ name: 'host-anti', labels: nginx, ...benchmarkShape(random), spec: { affinity: apart } });
  }
  for (let index = 5 * fifth; index < count; index++) yield plain();
}

/** Karpenter's preference benchmark: one preference that holds for all, two that hold for few. */
export function* preferringPods(count: number, maker: PodMaker, random: SeededRandom): Generator<PodManifest> {
  const labels = { app: 'nginx' };
  const shape = benchmarkShape(random);
  const weighed = (weight: number, podAffinityTerm: AffinityTermManifest) => ({ weight, podAffinityTerm });
  const affinity: AffinityManifest = {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          preference: { matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: ['test-zone-1'] }] },
        },
      ],
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        weighed(10, near(ZONE_LABEL, labels)),
        weighed(1, near(HOSTNAME_LABEL, labels)),
      ],
    },
  };
  for (let index = 0; index < count; index++) yield maker.pod({ name: 'nginx', labels, ...shape, spec: { affinity } });
}

const PODS_PER_SPREAD = 50;
const SPREAD_DEPLOYMENTS_MIN = 10;

/** All deployments spread over zones, every other one over hosts too, one in twenty over three zones at least. */
export function spreadDeployments(count: number, random: SeededRandom): Deployment[] {
  const deployments = Math.max(SPREAD_DEPLOYMENTS_MIN, Math.round(count / PODS_PER_SPREAD));
  return Array.from({ length: deployments }, (_, index) => {
    const name = `spread-${index}`;
    const zones = spread(ZONE_LABEL, { app: name }, index % 20 === 7 ? { minDomains: 3 } : {});
    const hosts = index % 2 === 1 ? [spread(HOSTNAME_LABEL, { app: name })] : [];
    return {
      name,
      replicas: shareOf(count, deployments, index),
      ...benchmarkShape(random),
      spec: { topologySpreadConstraints: [zones, ...hosts] },
    };
  });
}

const AFFINITY_DEPLOYMENTS = 50;

/** Three in five avoid themselves on a host, one in five avoids its neighbour there, one in five stays in one zone. */
export function affinityDeployments(count: number, random: SeededRandom): Deployment[] {
  return Array.from({ length: AFFINITY_DEPLOYMENTS }, (_, index) => {
    const name = `anti-${index}`;
    return {
      name,
      replicas: shareOf(count, AFFINITY_DEPLOYMENTS, index),
      ...benchmarkShape(random),
      spec: { affinity: affinityOf(index, name) },
    };
  });
}

function affinityOf(index: number, name: string): AffinityManifest {
  const remainder = index % 5;
  if (remainder < 3) return { podAntiAffinity: required(near(HOSTNAME_LABEL, { app: name })) };
  if (remainder === 3) return { podAntiAffinity: required(near(HOSTNAME_LABEL, { app: `anti-${index - 1}` })) };
  return { podAffinity: required(near(ZONE_LABEL, { app: name })) };
}

const LARGE_DEPLOYMENTS = 200;

/** Two hundred deployments of as many pods each: every other one spread over zones, every third apart on hosts. */
export function largeDeployments(count: number, random: SeededRandom): Deployment[] {
  return Array.from({ length: LARGE_DEPLOYMENTS }, (_, index) => {
    const name = `large-${index}`;
    const labels = { app: name };
    return {
      name,
      replicas: shareOf(count, LARGE_DEPLOYMENTS, index),
      ...benchmarkShape(random),
      spec: {
        ...(index % 2 === 0 ? { topologySpreadConstraints: [spread(ZONE_LABEL, labels)] } : {}),
        ...(index % 3 === 0 ? { affinity: { podAntiAffinity: required(near(HOSTNAME_LABEL, labels)) } } : {}),
      },
    };
  });
}

const CROSSING_REPLICAS = 3;

/** Pairs of deployments: three replicas in three zones, and three that follow them into one. What one pass of Karpenter cannot do. */
export function crossingDeployments(count: number, random: SeededRandom): Deployment[] {
  return Array.from({ length: Math.floor(count / (2 * CROSSING_REPLICAS)) }, (_, index) => {
    const [quorum, follower] = [`quorum-${index}`, `near-${index}`];
    const term = required(near(ZONE_LABEL, { app: quorum }));
    return [
      {
        name: quorum,
        replicas: CROSSING_REPLICAS,
        ...benchmarkShape(random),
        spec: { affinity: { podAntiAffinity: term } },
      },
      {
        name: follower,
        replicas: CROSSING_REPLICAS,
        ...benchmarkShape(random),
        spec: { affinity: { podAffinity: term } },
      },
    ];
  }).flat();
}

/** The terms, as all required at once. */
export function required(...terms: readonly AffinityTermManifest[]): {
  requiredDuringSchedulingIgnoredDuringExecution: readonly AffinityTermManifest[];
} {
  return { requiredDuringSchedulingIgnoredDuringExecution: terms };
}
