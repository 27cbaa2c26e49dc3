import { createSeededRandom, hash32 } from '../../sandbox/seeded-random.ts';
import { INSTANCE_LABELS, OS_LABEL } from '../../src/api/names.ts';
import type { Problem, TypeRecord } from '../problem/problem-file.ts';
import type { Workload } from '../problem/write-problem.ts';
import { awsTypes } from './aws-types.ts';
import { fakeTypes, kwokTypes } from './benchmark-types.ts';
import { filledCluster } from './cluster-workload.ts';
import { MIXED_DAEMONS, mixedDeployments, mixedProvisioners } from './mixed-workload.ts';
import { createPodMaker, type Deployment, type PodMaker } from './pod-maker.ts';
import { awsProvisioner, provisionerOf } from './provisioners.ts';
import { limitedPods, shapedPods } from './shape-workloads.ts';
import {
  affinityDeployments,
  crossingDeployments,
  diversePods,
  largeDeployments,
  preferringPods,
  spreadDeployments,
} from './topology-workloads.ts';

/** Which workload: its letter, its size and what its letter takes besides. */
export interface WorkloadChoice {
  readonly letter: string;
  /** For C: nodes. */
  readonly pods: number;
  readonly seed: number;
  /** For Q, R and U: how many different shapes. */
  readonly shapes: number;
  /** For N: whether preferences count. */
  readonly preferencePolicy: 'Respect' | 'Ignore';
  /** Letters of the AWS zones: `abc` or `abcdef`. */
  readonly zones: string;
}

interface Draft {
  readonly types: 'aws' | 'fake' | 'kwok';
  readonly problem: Omit<Problem, 'format' | 'name' | 'seed' | 'pods'>;
  readonly pods: Workload['pods'];
}

interface Ground extends WorkloadChoice {
  readonly maker: PodMaker;
  readonly random: ReturnType<typeof createSeededRandom>;
  readonly zoneNames: readonly string[];
}

/** What each letter stands for. */
export const WORKLOADS: Readonly<
  Record<string, { readonly about: string; readonly draft: (ground: Ground) => Draft }>
> = {
  D: {
    about: "Karpenter's diverse benchmark mix on its 400 types",
    draft: ({ pods, maker, random }) => ({
      types: 'fake',
      problem: { provisioners: [provisionerOf('default')] },
      pods: diversePods(pods, maker, random),
    }),
  },
  Da: {
    about: 'the same mix on AWS types',
    draft: (ground) => onAws(ground, diversePods(ground.pods, ground.maker, ground.random)),
  },
  N: {
    about: "Karpenter's preference benchmark",
    draft: ({ pods, maker, random, preferencePolicy }) => ({
      types: 'fake',
      problem: { provisioners: [provisionerOf('default')], options: { preferencePolicy } },
      pods: preferringPods(pods, maker, random),
    }),
  },
  P: {
    about: 'identical pods of one cpu',
    draft: (ground) => rolledOut(ground, [{ name: 'inflate', replicas: ground.pods, cpuMilli: 1000 }]),
  },
  B: {
    about: "the two shapes of Karpenter's performance suite, on AWS types",
    draft: (ground) => rolledOut(ground, basicDeployments(ground.pods)),
  },
  Bk: {
    about: "the same on the kwok provider's types",
    draft: ({ pods, maker }) => ({
      types: 'kwok',
      problem: { provisioners: [kwokProvisioner()] },
      pods: maker.rollOut(basicDeployments(pods)),
    }),
  },
  R: {
    about: 'plain pods of so many lognormal shapes',
    draft: (ground) => onAws(ground, shapedPods(ground, ground.maker, ground.random)),
  },
  Q: {
    about: 'the same, to arrive in batches (--batch)',
    draft: (ground) => onAws(ground, shapedPods(ground, ground.maker, ground.random)),
  },
  T: {
    about: 'deployments spread over zones, half of them over hosts too',
    draft: (ground) => rolledOut(ground, spreadDeployments(ground.pods, ground.random)),
  },
  A: {
    about: 'deployments that avoid themselves or a neighbour on a host, or stay in one zone',
    draft: (ground) => rolledOut(ground, affinityDeployments(ground.pods, ground.random)),
  },
  S: {
    about: 'two hundred deployments, every other one spread over zones, every third apart on hosts',
    draft: (ground) => rolledOut(ground, largeDeployments(ground.pods, ground.random)),
  },
  X: {
    about: 'three replicas in three zones, and three that follow them',
    draft: (ground) => rolledOut(ground, crossingDeployments(ground.pods, ground.random)),
  },
  M: {
    about: 'two architectures, GPUs, four weighted and tainted Provisioners, host ports, five daemons',
    draft: (ground) => ({
      ...rolledOut(ground, mixedDeployments(ground.pods, ground.random)),
      problem: { provisioners: mixedProvisioners(ground.zoneNames), daemonSets: MIXED_DAEMONS },
    }),
  },
  U: {
    about: 'pods of which a third exceed the limit',
    draft: (ground) => {
      const { pods, limitCpu } = limitedPods(ground, ground.maker, ground.random);
      const requirements = [{ key: INSTANCE_LABELS.cpu, operator: 'Lt', values: ['33'] }];
      const limits = { resources: { cpu: `${limitCpu}` } };
      const provisioners = [awsProvisioner('default', { zones: ground.zoneNames, requirements, limits })];
      return { types: 'aws', problem: { provisioners }, pods };
    },
  },
  C: {
    about: 'so many nodes, filled to between 30 and 90 %, for consolidation',
    draft: (ground) => {
      const { nodes, pods } = filledCluster(ground.pods, ground);
      const draft = onAws(ground, pods);
      return { ...draft, problem: { ...draft.problem, nodes } };
    },
  },
};

const TYPES: Readonly<Record<Draft['types'], (zones: string) => readonly TypeRecord[]>> = {
  aws: awsTypes,
  fake: fakeTypes,
  kwok: kwokTypes,
};

/** The workload; undefined when there is none of that letter. Equal choices give equal bytes. */
export function workloadOf(choice: WorkloadChoice): Workload | undefined {
  const found = WORKLOADS[choice.letter];
  if (found === undefined) return undefined;
  const name = workloadNameOf(choice);
  const ground: Ground = {
    ...choice,
    maker: createPodMaker(`${name}|${choice.seed}`),
    random: createSeededRandom(hash32(`${name}|${choice.seed}`)),
    zoneNames: [...choice.zones].map((letter) => `us-east-1${letter}`),
  };
  const { types, problem, pods } = found.draft(ground);
  return {
    problem: { format: 1, name, seed: choice.seed, ...problem },
    types: { name: types === 'aws' ? `aws-${choice.zones}` : types, records: TYPES[types](choice.zones) },
    pods,
  };
}

/** `T-5000`, and what else was chosen: `R-20000-100`, `N-4000-Ignore`. */
export function workloadNameOf({ letter, pods, shapes, preferencePolicy, zones }: WorkloadChoice): string {
  const own = ['Q', 'R', 'U'].includes(letter) ? `-${shapes}` : letter === 'N' ? `-${preferencePolicy}` : '';
  return `${letter}-${pods}${own}${zones === 'abc' ? '' : `-${zones}`}`;
}

function onAws({ zoneNames }: Ground, pods: Draft['pods']): Draft {
  return { types: 'aws', problem: { provisioners: [awsProvisioner('default', { zones: zoneNames })] }, pods };
}

function rolledOut(ground: Ground, deployments: readonly Deployment[]): Draft {
  return onAws(ground, ground.maker.rollOut(deployments));
}

function basicDeployments(pods: number): Deployment[] {
  const half = Math.floor(pods / 2);
  return [
    { name: 'small-resource-app', replicas: half, cpuMilli: 900, memoryMib: 3100 },
    { name: 'large-resource-app', replicas: pods - half, cpuMilli: 3500, memoryMib: 28 * 1024 },
  ];
}

function kwokProvisioner() {
  return provisionerOf('default', {
    requirements: [
      { key: 'karpenter.kwok.sh/instance-size', operator: 'Lt', values: ['32'] },
      { key: OS_LABEL, operator: 'In', values: ['linux'] },
      { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
    ],
  });
}
