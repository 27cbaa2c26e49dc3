import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyProblem, CAPACITY_TYPE, EVERY_KIND, type SchedulingProblem, ZONE } from '../../../test/any-problem.ts';
import { OPTIONS } from '../../../test/scheduling-problem.ts';
import type { ProvisionerModel } from '../cluster-snapshot.ts';
import type { CapacityType, Offering } from '../instance-type.ts';
import { NODE_NAME_KEY } from '../label-keys.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { SpreadConstraint } from '../pod-topology.ts';
import { requirement } from '../requirements.ts';
import { addResources } from '../resources.ts';
import type { Fix } from './fix.ts';
import type { Miss, UnplacedCode } from './plan.ts';
import { solve } from './solve.ts';

// What a pod without a place is advised to do is done here, by the book, and has to help.

const SEED = 20266;
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';
const PLACE_KEYS = [ZONE, CAPACITY_TYPE, INSTANCE_TYPE];

/** The order of the rules: who fails a later one was nearer. Those between pods are asked label by label. */
const RULES: readonly (readonly UnplacedCode[])[] = [
  ['taints-not-tolerated'],
  ['requirements-incompatible'],
  ['no-instance-type-fits'],
  ['host-port-taken'],
  ['no-offering-available'],
  ['topology-spread-unsatisfiable', 'pod-affinity-unsatisfiable', 'pod-anti-affinity-unsatisfiable'],
  ['limits-exceeded'],
];
const rankOf = ({ code }: Miss): number => RULES.findIndex((codes) => codes.includes(code));

/** Pieces of advice that a pod may hear one after the other: a raised limit may be taken by others, rule follows rule. Thirteen were seen. */
const STEPS_MAX = 30;

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
    case 'define-label':
      return { pod, provisioner: withDomain(provisioner, fix.key, valueFor(pod, fix.key)) };
    case 'drop-match-fields':
      return { pod: without([NODE_NAME_KEY], pod), provisioner };
    case 'ask-for-label':
      return { pod: askingFor(pod, fix.key, fix.instead), provisioner };
    case 'raise-max-skew': {
      const raised = (each: SpreadConstraint) => ({ ...each, maxSkew: Math.max(each.maxSkew, fix.maxSkew) });
      const spread = pod.spread.map((each) => (each.topologyKey === fix.topologyKey ? raised(each) : each));
      return { pod: { ...pod, spread }, provisioner };
    }
    case 'allow-domains':
      return { pod: without([fix.key], pod), provisioner: withDomain(provisioner, fix.key, fix.domains[0] as string) };
    case 'allow-another-domain':
      return { pod: without([fix.key], pod), provisioner: withDomain(provisioner, fix.key, newDomain(provisioner)) };
    case 'raise-limits':
      return { pod, provisioner: { ...provisioner, limits: addResources(provisioner.limits ?? {}, fix.by) } };
  }
}

function anywhere({ pod, provisioner }: Question): Question {
  const requirements = new Map(provisioner.requirements.entries().filter(([key]) => !PLACE_KEYS.includes(key)));
  return { pod: without(PLACE_KEYS, pod), provisioner: { ...provisioner, requirements } };
}

/** The pod without what it says of these labels of its node. */
function without(keys: readonly string[], pod: PodDemand): PodDemand {
  return {
    ...pod,
    nodeSelector: Object.fromEntries(Object.entries(pod.nodeSelector).filter(([key]) => !keys.includes(key))),
    requiredNodeTerms: pod.requiredNodeTerms.map((term) => term.filter(({ key }) => !keys.includes(key))),
  };
}

function askingFor(pod: PodDemand, key: string, instead: string): PodDemand {
  const { [key]: value, ...others } = pod.nodeSelector;
  return {
    ...pod,
    nodeSelector: { ...others, ...(value === undefined ? {} : { [instead]: value }) },
    requiredNodeTerms: pod.requiredNodeTerms.map((term) =>
      term.map((each) => (each.key === key ? { ...each, key: instead } : each)),
    ),
  };
}

/** A value of the label that the pod asks for; any where it does not care. */
function valueFor({ nodeSelector, requiredNodeTerms }: PodDemand, key: string): string {
  const asked = requiredNodeTerms.flat().find((each) => each.key === key && each.operator === 'In');
  return nodeSelector[key] ?? asked?.values[0] ?? 'any';
}

/** A value that no label has yet, another each time that the Provisioner gets one. */
function newDomain({ requirements, instanceTypes }: ProvisionerModel): string {
  const values = [...requirements.values()].reduce((sum, { values: { size } }) => sum + size, 0);
  return `new-${values + instanceTypes.reduce((sum, { offerings }) => sum + offerings.length, 0)}`;
}

/** The Provisioner with the value among those that it may give to the label: all of its types are on sale in a zone or as a capacity type. */
function withDomain(provisioner: ProvisionerModel, key: string, value: string): ProvisionerModel {
  const known = provisioner.requirements.get(key);
  const isSold = key === ZONE || key === CAPACITY_TYPE;
  const requirements = new Map(provisioner.requirements);
  // What is sold is open until something is required of it, any other label is not there.
  if (known !== undefined || !isSold) requirements.set(key, requirement(key, 'In', [...(known?.values ?? []), value]));
  if (!isSold) return { ...provisioner, requirements };
  const there = (offering: Offering): Offering =>
    key === ZONE ? { ...offering, zone: value } : { ...offering, capacityType: value as CapacityType };
  const instanceTypes = provisioner.instanceTypes.map((type) => ({
    ...type,
    offerings: [...type.offerings, ...type.offerings.map((each) => ({ ...there(each), available: true }))],
  }));
  return { ...provisioner, requirements, instanceTypes };
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

/** True when the second miss is nearer to a place than the first. Who raises the limits once has to do no more. */
function isNearer(before: Miss, after: Miss): boolean {
  const later = rankOf(after) - rankOf(before);
  return later > 0 || (later === 0 && after.message !== before.message && before.fix?.kind !== 'raise-limits');
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
