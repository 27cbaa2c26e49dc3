import { CAPACITY_TYPE_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { PodManifest, Problem, ProvisionerManifest, TypeRecord } from '../problem/problem-file.ts';
import { type Amounts, amountsOf, rest } from './amounts.ts';
import { type Daemon, daemonsOn } from './daemons.ts';
import { type Launch, launchesOf } from './launches.ts';
import { type NodeChoice, repellingTaint, termsOf } from './matching.ts';

/** What can be bought in a problem. Answers are remembered: nodes of one kind ask the same. */
export interface Market {
  readonly provisioners: ReadonlyMap<string, ProvisionerManifest>;
  readonly types: ReadonlyMap<string, TypeRecord>;
  capacity(type: TypeRecord): Amounts;
  allocatable(type: TypeRecord): Amounts;
  /** By type all launches that the Provisioner may make and that suit these pods. */
  launches(provisioner: ProvisionerManifest, choices: readonly NodeChoice[]): (type: TypeRecord) => readonly Launch[];
  /** Daemons that will run on a node of this launch by this Provisioner. */
  daemons(launch: Launch, provisioner: ProvisionerManifest): readonly Daemon[];
  /** Zones or capacity types in which some Provisioner could launch a node that takes the pod; none for other keys. */
  openDomains(pod: PodManifest, topologyKey: string): readonly string[];
}

/** The name that a planned node's hostname label has until it is one of many. */
const PLANNED_HOST = 'planned';

export function createMarket(problem: Problem): Market {
  const types = new Map((problem.instanceTypes ?? []).map((type) => [type.name, type]));
  const typeKeys = new Set([...types.values()].flatMap(({ labels }) => Object.keys(labels)));
  const provisioners = new Map(problem.provisioners.map((each) => [each.metadata.name, each]));
  const itself = <Thing>(thing: Thing): Thing => thing;
  const capacity = remember(({ capacity: whole }: TypeRecord) => amountsOf(whole), itself);
  const allocatable = remember((type: TypeRecord) => rest(capacity(type), amountsOf(type.overhead)), itself);
  const launches = remember(
    ([provisioner, choices]: LaunchQuestion) =>
      remember(
        (type: TypeRecord) => launchesOf(provisioner, type, choices, { nodeName: PLANNED_HOST, typeKeys }),
        itself,
      ),
    ([provisioner, choices]) => JSON.stringify([provisioner.metadata.name, choices]),
  );
  // A launch is one of its Provisioner's.
  const daemons = remember(
    ([{ labels }, { spec }]: readonly [Launch, ProvisionerManifest]) =>
      daemonsOn(problem, { labels, taints: spec.taints ?? [] }),
    ([launch]) => launch,
  );
  const launchDomains = remember(
    ([pod, read]: DomainQuestion) => {
      const choices = choicesOf([pod]);
      const open = problem.provisioners.filter(
        ({ spec }) => repellingTaint(spec.taints, pod.spec.tolerations) === undefined,
      );
      const found = open.flatMap((each) =>
        [...types.values()].flatMap((type) => launches([each, choices])(type).map(read)),
      );
      return [...new Set(found)];
    },
    ([{ spec }, read]) => JSON.stringify([read.name, choiceOf(spec), spec.tolerations]),
  );
  return {
    provisioners,
    types,
    capacity,
    allocatable,
    launches: (provisioner, choices) => launches([provisioner, choices]),
    daemons: (launch, provisioner) => daemons([launch, provisioner]),
    openDomains(pod, topologyKey) {
      if (topologyKey === ZONE_LABEL) return launchDomains([pod, zone]);
      return topologyKey === CAPACITY_TYPE_LABEL ? launchDomains([pod, capacityType]) : [];
    },
  };
}

type LaunchQuestion = readonly [ProvisionerManifest, readonly NodeChoice[]];
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

function remember<Question, Answer, Key>(
  answer: (question: Question) => Answer,
  keyOf: (question: Question) => Key,
): (question: Question) => Answer {
  const known = new Map<Key, Answer>();
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
