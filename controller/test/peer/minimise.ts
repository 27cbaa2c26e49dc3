import type { PodManifest, Problem } from '../../bench/problem/problem-file.ts';
import { deploymentOf } from '../../bench/workloads/pod-maker.ts';

/** Smaller problems tried at once: one process of the peer answers them all. */
const TRIED_AT_ONCE = 12;
/** Rounds at most: each costs such a process. */
const ROUNDS_MAX = 150;

type PodSpec = PodManifest['spec'];

/** Fields of a pod that can be left out whole. */
const CONSTRAINTS = [
  'nodeSelector',
  'affinity',
  'topologySpreadConstraints',
  'tolerations',
  'initContainers',
  'overhead',
  'resources',
] as const;
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/**
 * A smaller problem for which `areStill` holds: pods, nodes, types, Provisioners, DaemonSets and single constraints are left out, one
 * after another, as long as it does. What is left is needed, one by one. `areStill` judges several problems and answers in their order.
 */
export function minimise(problem: Problem, areStill: (smaller: readonly Problem[]) => readonly boolean[]): Problem {
  let smallest = problem;
  for (let rounds = 0; ; ) {
    const candidates = [...smallerProblems(smallest)];
    let found: Problem | undefined;
    for (let first = 0; found === undefined && first < candidates.length; first += TRIED_AT_ONCE) {
      if (rounds++ >= ROUNDS_MAX) return smallest;
      const tried = candidates.slice(first, first + TRIED_AT_ONCE);
      const verdicts = areStill(tried);
      found = tried.find((_, index) => verdicts[index]);
    }
    if (found === undefined) return smallest;
    smallest = found;
  }
}

/** Every problem that lacks one thing, large things first. */
function* smallerProblems(problem: Problem): Generator<Problem> {
  const { pods = [], nodes = [], daemonSets = [], instanceTypes = [], provisioners } = problem;
  const owners = new Set(pods.map(deploymentOf));
  for (const owner of owners.size > 1 ? owners : [])
    yield { ...problem, pods: pods.filter((pod) => deploymentOf(pod) !== owner) };
  if (daemonSets.length > 0) yield { ...problem, daemonSets: [] };
  if (nodes.length > 0) yield { ...problem, nodes: [], pods: pods.filter(({ spec }) => spec.nodeName === undefined) };
  for (const node of nodes) {
    const { name } = node.metadata;
    yield {
      ...problem,
      nodes: nodes.filter((each) => each !== node),
      pods: pods.filter(({ spec }) => spec.nodeName !== name),
    };
  }
  for (const daemonSet of daemonSets) yield { ...problem, daemonSets: daemonSets.filter((each) => each !== daemonSet) };
  for (const one of provisioners.length > 1 ? provisioners : []) {
    const owned = nodes.some(
      ({ metadata }) => metadata.labels?.['karpenter.sh/provisioner-name'] === one.metadata.name,
    );
    if (!owned) yield { ...problem, provisioners: provisioners.filter((each) => each !== one) };
  }
  for (const type of instanceTypes.length > 1 ? instanceTypes : [])
    yield { ...problem, instanceTypes: instanceTypes.filter((each) => each !== type) };
  // Of pods that are alike it does not matter which is left out.
  const alike = new Map(pods.map((pod) => [JSON.stringify([deploymentOf(pod), pod.spec]), pod]));
  for (const pod of pods.length > 1 ? alike.values() : [])
    yield { ...problem, pods: pods.filter((each) => each !== pod) };
  for (const owner of owners) yield* withoutOneConstraint(problem, owner);
  yield* withSimplerProvisioners(problem);
}

/** The Deployment's pods without one of their constraints. */
function* withoutOneConstraint(problem: Problem, owner: string): Generator<Problem> {
  const { pods = [] } = problem;
  const sample = pods.find((pod) => deploymentOf(pod) === owner);
  if (sample === undefined) return;
  for (const simpler of simplerSpecs()) {
    if (JSON.stringify(simpler(sample.spec)) === JSON.stringify(sample.spec)) continue;
    yield {
      ...problem,
      pods: pods.map((pod) => (deploymentOf(pod) === owner ? { ...pod, spec: simpler(pod.spec) } : pod)),
    };
  }
}

function* simplerSpecs(): Generator<(spec: PodSpec) => PodSpec> {
  for (const field of CONSTRAINTS) yield (spec) => without(spec, field);
  for (const kind of ['nodeAffinity', 'podAffinity', 'podAntiAffinity'] as const) {
    yield ({ affinity, ...spec }) => ({ ...spec, ...(affinity ? { affinity: without(affinity, kind) } : {}) });
    for (const strictness of [REQUIRED, PREFERRED] as const) {
      yield ({ affinity, ...spec }) => ({
        ...spec,
        ...(affinity ? { affinity: { ...affinity, [kind]: without(affinity[kind] ?? {}, strictness) } } : {}),
      });
    }
  }
  for (const index of [0, 1, 2]) {
    yield ({ topologySpreadConstraints: all, ...spec }) => ({
      ...spec,
      ...(all ? { topologySpreadConstraints: all.filter((_, at) => at !== index) } : {}),
    });
  }
}

/** One Provisioner without one of its requirements, labels, taints or limits. */
function* withSimplerProvisioners(problem: Problem): Generator<Problem> {
  for (const one of problem.provisioners) {
    const put = (spec: typeof one.spec): Problem => ({
      ...problem,
      provisioners: problem.provisioners.map((each) => (each === one ? { ...one, spec } : each)),
    });
    for (const field of ['weight', 'taints', 'labels', 'limits', 'startupTaints'] as const) {
      if (one.spec[field] !== undefined) yield put(without(one.spec, field));
    }
    for (const asked of one.spec.requirements ?? []) {
      yield put({ ...one.spec, requirements: (one.spec.requirements ?? []).filter((each) => each !== asked) });
    }
  }
}

function without<T extends object, K extends keyof T>(from: T, field: K): T {
  const { [field]: _left, ...rest } = from;
  return rest as T;
}
