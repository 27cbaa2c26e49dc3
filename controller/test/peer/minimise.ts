import type { PodManifest, Problem } from '../../bench/problem/problem-file.ts';
import { deploymentOf } from '../../bench/workloads/pod-maker.ts';

/** Tries at most: each costs a run of both schedulers. */
const TRIES_MAX = 150;

/**
 * A smaller problem for which `isStill` holds: pods, nodes, types, Provisioners, DaemonSets and single constraints are left out, one after
 * another, as long as it does. What is left is needed, one by one.
 */
export function minimise(problem: Problem, isStill: (smaller: Problem) => boolean): Problem {
  let smallest = problem;
  let tries = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of smallerProblems(smallest)) {
      if (tries++ >= TRIES_MAX) return smallest;
      if (!isStill(candidate)) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Every problem that lacks one thing, large things first. */
function* smallerProblems(problem: Problem): Generator<Problem> {
  const { pods = [], nodes = [], daemonSets = [], instanceTypes = [], provisioners } = problem;
  const owners = new Set(pods.map(deploymentOf));
  if (owners.size > 1)
    for (const owner of owners) yield { ...problem, pods: pods.filter((pod) => deploymentOf(pod) !== owner) };
  for (const node of nodes) {
    const { name } = node.metadata;
    yield {
      ...problem,
      nodes: nodes.filter((each) => each !== node),
      pods: pods.filter(({ spec }) => spec.nodeName !== name),
    };
  }
  for (const daemonSet of daemonSets) yield { ...problem, daemonSets: daemonSets.filter((each) => each !== daemonSet) };
  if (provisioners.length > 1) {
    for (const one of provisioners) {
      const owned = nodes.some(
        ({ metadata }) => metadata.labels?.['karpenter.sh/provisioner-name'] === one.metadata.name,
      );
      if (!owned) yield { ...problem, provisioners: provisioners.filter((each) => each !== one) };
    }
  }
  if (instanceTypes.length > 1) {
    for (const type of instanceTypes)
      yield { ...problem, instanceTypes: instanceTypes.filter((each) => each !== type) };
  }
  if (pods.length > 1) for (const pod of pods) yield { ...problem, pods: pods.filter((each) => each !== pod) };
  for (const owner of owners) yield* withoutOneConstraint(problem, owner);
}

/** The Deployment's pods without their selector, affinity, spreads or tolerations. */
function* withoutOneConstraint(problem: Problem, owner: string): Generator<Problem> {
  const { pods = [] } = problem;
  for (const field of ['nodeSelector', 'affinity', 'topologySpreadConstraints', 'tolerations'] as const) {
    if (!pods.some((pod) => deploymentOf(pod) === owner && pod.spec[field] !== undefined)) continue;
    yield { ...problem, pods: pods.map((pod) => (deploymentOf(pod) === owner ? without(pod, field) : pod)) };
  }
}

function without(pod: PodManifest, field: keyof PodManifest['spec']): PodManifest {
  const { [field]: _left, ...spec } = pod.spec;
  return { ...pod, spec: spec as PodManifest['spec'] };
}
