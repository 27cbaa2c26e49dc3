import { CAPACITY_TYPE_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { PodManifest, Problem, ProvisionerManifest, TypeRecord } from '../problem/problem-file.ts';
import { type Amounts, amountsOf, rest } from './amounts.ts';
import { type Launch, launchesOf } from './launches.ts';
import { type NodeChoice, repellingTaint, termsOf } from './matching.ts';

/** What can be bought in a problem. Answers are remembered: nodes of one kind ask the same. */
export interface Market {
  readonly provisioners: ReadonlyMap<string, ProvisionerManifest>;
  readonly types: ReadonlyMap<string, TypeRecord>;
  allocatable(type: TypeRecord): Amounts;
  /** All launches of the type that the Provisioner may make and that suit these pods. */
  launches(provisioner: ProvisionerManifest, type: TypeRecord, choices: readonly NodeChoice[]): readonly Launch[];
  /** Zones or capacity types in which some Provisioner could launch a node that takes the pod; none for other keys. */
  openDomains(pod: PodManifest, topologyKey: string): readonly string[];
}

/** The name that a planned node's hostname label has until it is one of many. */
const PLANNED_HOST = 'planned';

export function createMarket(problem: Problem): Market {
  const types = new Map((problem.instanceTypes ?? []).map((type) => [type.name, type]));
  const typeKeys = new Set([...types.values()].flatMap(({ labels }) => Object.keys(labels)));
  const provisioners = new Map(problem.provisioners.map((each) => [each.metadata.name, each]));
  const allocatable = remember(
    ({ capacity, overhead }: TypeRecord) => rest(amountsOf(capacity), amountsOf(overhead)),
    ({ name }) => name,
  );
  const launches = remember(
    ([provisioner, type, choices]: LaunchQuestion) =>
      launchesOf(provisioner, type, choices, { nodeName: PLANNED_HOST, typeKeys }),
    ([provisioner, type, choices]) => JSON.stringify([provisioner.metadata.name, type.name, choices]),
  );
  const launchDomains = remember(
    ([pod, read]: DomainQuestion) => {
      const choices = choicesOf([pod]);
      const open = problem.provisioners.filter(
        ({ spec }) => repellingTaint(spec.taints, pod.spec.tolerations) === undefined,
      );
      const found = open.flatMap((each) =>
        [...types.values()].flatMap((type) => launches([each, type, choices]).map(read)),
      );
      return [...new Set(found)];
    },
    ([{ spec }, read]) => JSON.stringify([read.name, choiceOf(spec), spec.tolerations]),
  );
  return {
    provisioners,
    types,
    allocatable,
    launches: (provisioner, type, choices) => launches([provisioner, type, choices]),
    openDomains(pod, topologyKey) {
      if (topologyKey === ZONE_LABEL) return launchDomains([pod, zone]);
      return topologyKey === CAPACITY_TYPE_LABEL ? launchDomains([pod, capacityType]) : [];
    },
  };
}

type LaunchQuestion = readonly [ProvisionerManifest, TypeRecord, readonly NodeChoice[]];
type DomainQuestion = readonly [PodManifest, (launch: Launch) => string];

function zone({ offering }: Launch): string {
  return offering.zone;
}

function capacityType({ offering }: Launch): string {
  return offering.capacityType;
}

/** The different choices of nodes that the pods make; pods without a choice make none. */
export function choicesOf(pods: readonly PodManifest[]): readonly NodeChoice[] {
  const choices = new Map<string, NodeChoice>();
  for (const { spec } of pods) {
    if (spec.nodeSelector === undefined && termsOf(spec) === undefined) continue;
    const choice = choiceOf(spec);
    choices.set(JSON.stringify(choice), choice);
  }
  return [...choices.values()];
}

function choiceOf({ nodeSelector, affinity }: NodeChoice): NodeChoice {
  const nodeAffinity = affinity?.nodeAffinity;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(nodeAffinity === undefined ? {} : { affinity: { nodeAffinity } }),
  };
}

function remember<Question, Answer>(
  answer: (question: Question) => Answer,
  keyOf: (question: Question) => string,
): (question: Question) => Answer {
  const known = new Map<string, Answer>();
  return (question) => {
    const key = keyOf(question);
    let found = known.get(key);
    if (found === undefined) {
      found = answer(question);
      known.set(key, found);
    }
    return found;
  };
}
