import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyProblem, CAPACITY_TYPE, EVERY_KIND, type SchedulingProblem, ZONE } from '../../../test/any-problem.ts';
import { OPTIONS } from '../../../test/scheduling-problem.ts';
import type { ProvisionerModel } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { addResources } from '../resources.ts';
import type { Fix } from './fix.ts';
import type { Miss, UnplacedCode } from './plan.ts';
import { solve } from './solve.ts';

// What a pod without a place is advised to do is done here, by the book, and has to help.

const SEED = 20266;
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';
const PLACE_KEYS = [ZONE, CAPACITY_TYPE, INSTANCE_TYPE];

/** The order of the rules: who fails a later one was nearer. */
const RULES: readonly UnplacedCode[] = [
  'taints-not-tolerated',
  'requirements-incompatible',
  'no-instance-type-fits',
  'host-port-taken',
  'no-offering-available',
  'topology-spread-unsatisfiable',
  'pod-affinity-unsatisfiable',
  'pod-anti-affinity-unsatisfiable',
  'limits-exceeded',
];

/** Pieces of advice that a pod may hear one after the other: a raised limit may be taken by others, rule follows rule. Eight were seen. */
const STEPS_MAX = 12;

interface Question {
  readonly pod: PodDemand;
  readonly provisioner: ProvisionerModel;
}

/** The pod and the Provisioner of the miss with the change made; undefined where it names nothing to be done. */
function mended({ pod, provisioner }: Question, fix: Fix): Question | undefined {
  switch (fix.kind) {
    case 'tolerate':
      return { pod: { ...pod, tolerations: [...pod.tolerations, { operator: 'Equal', ...fix.taint }] }, provisioner };
    case 'request-at-most':
      return { pod: { ...pod, requests: { ...pod.requests, ...fix.amounts } }, provisioner };
    case 'write-milli-cpu':
      return { pod: { ...pod, requests: { ...pod.requests, cpu: fix.cpuMilli } }, provisioner };
    case 'change-host-port': {
      const hostPorts = pod.hostPorts.map((each) => (each.port === fix.port.port ? { ...each, port: 9999 } : each));
      return { pod: { ...pod, hostPorts }, provisioner };
    }
    case 'allow-more':
      return fix.places.length === 0 ? undefined : anywhere({ pod, provisioner });
    case 'raise-limits':
      return { pod, provisioner: { ...provisioner, limits: addResources(provisioner.limits ?? {}, fix.by) } };
  }
}

function anywhere({ pod, provisioner }: Question): Question {
  const others = <T>(entries: Iterable<[string, T]>) => [...entries].filter(([key]) => !PLACE_KEYS.includes(key));
  return {
    pod: {
      ...pod,
      nodeSelector: Object.fromEntries(others(Object.entries(pod.nodeSelector))),
      requiredNodeTerms: pod.requiredNodeTerms.map((term) => term.filter(({ key }) => !PLACE_KEYS.includes(key))),
    },
    provisioner: { ...provisioner, requirements: new Map(others(provisioner.requirements)) },
  };
}

/** The problem after the change, or undefined where nothing is to be done. */
function adviceTaken({ world, demand }: SchedulingProblem, uid: string, miss: Miss): SchedulingProblem | undefined {
  const pod = demand.find((each) => each.uid === uid) as PodDemand;
  const provisioner = world.provisioners.find(({ name }) => name === miss.provisionerName) as ProvisionerModel;
  const after = miss.fix === undefined ? undefined : mended({ pod, provisioner }, miss.fix);
  if (after === undefined) return undefined;
  return {
    world: {
      ...world,
      provisioners: world.provisioners.map((each) => (each === provisioner ? after.provisioner : each)),
    },
    demand: demand.map((each) => (each === pod ? after.pod : each)),
  };
}

const planOf = ({ world, demand }: SchedulingProblem) => solve(world, demand, OPTIONS);
const missesOf = (problem: SchedulingProblem, uid: string): readonly Miss[] | undefined =>
  planOf(problem).unplaced.find(({ podUid }) => podUid === uid)?.misses;

/** True when the second miss is nearer to a place than the first. A limit raised once is no obstacle any more, whatever is left. */
function isNearer(before: Miss, after: Miss): boolean {
  if (before.fix?.kind === 'raise-limits') return after.fix?.kind !== 'raise-limits';
  const later = RULES.indexOf(after.code) - RULES.indexOf(before.code);
  return later > 0 || (later === 0 && after.message !== before.message);
}

describe('the advice to a pod without a place', () => {
  test('taken, gives it one, or leads to a later rule of that Provisioner or to a smaller lack', () => {
    fc.assert(
      fc.property(anyProblem(EVERY_KIND), ({ world, demand }) => {
        for (const pod of demand.filter(({ uid }) => uid.endsWith('-0'))) {
          const alone = { world, demand: [pod] };
          for (const miss of missesOf(alone, pod.uid) ?? []) {
            const next = adviceTaken(alone, pod.uid, miss);
            const after = next === undefined ? undefined : missesOf(next, pod.uid);
            const still = after?.find(({ provisionerName }) => provisionerName === miss.provisionerName);
            if (still !== undefined) expect([miss, still, isNearer(miss, still)]).toEqual([miss, still, true]);
          }
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('taken again and again while others go on asking too, comes to an end', () => {
    fc.assert(
      fc.property(anyProblem(EVERY_KIND), (problem) => {
        const uid = planOf(problem).unplaced[0]?.podUid;
        if (uid === undefined) return;
        const heard: Miss[] = [];
        for (let next: SchedulingProblem | undefined = problem; next !== undefined; ) {
          const [nearest] = missesOf(next, uid) ?? [];
          if (nearest === undefined) return;
          heard.push(nearest);
          expect(heard.slice(STEPS_MAX)).toEqual([]);
          next = adviceTaken(next, uid, nearest);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
