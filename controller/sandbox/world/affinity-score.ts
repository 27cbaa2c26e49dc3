import type { Candidate } from './candidate.ts';
import type { NodeRoom } from './node-fit.ts';
import { type CountByNode, sumByDomain } from './residents.ts';
import { SCORE_MAX } from './score-scale.ts';

/** What a resident's required affinity weighs for a pod that it means: kube-scheduler's default. */
const REQUIRED_WEIGHT = 1;

/**
 * The more weight of wishes to be near, and the less of wishes to be apart, the better: the pod's own wishes for each resident
 * that they mean, and those of residents that mean the pod.
 */
export function affinityScores({ pod, residents }: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  const weights: DomainWeights = new Map();
  const { key, terms } = residents.termsOf(pod);
  for (const [index, { topologyKey, weight, means }] of terms.wishes.entries()) {
    add(weights, topologyKey, weight, residents.count(`wish ${index} ${key}`, means));
  }
  for (const { terms: theirs, standing } of residents.affinityGroups()) {
    const wishes = [...theirs.affinity.map((term) => ({ ...term, weight: REQUIRED_WEIGHT })), ...theirs.wishes];
    for (const { topologyKey, weight, means } of wishes) {
      if (means(pod)) add(weights, topologyKey, weight, standing);
    }
  }
  return betweenWorstAndBest(rooms.map(({ node }) => weightAt(weights, node.metadata.labels ?? {})));
}

/** By label, then by its value. */
type DomainWeights = Map<string, Map<string, number>>;

function add(weights: DomainWeights, topologyKey: string, weight: number, standing: CountByNode): void {
  const ofLabel = weights.get(topologyKey) ?? new Map<string, number>();
  weights.set(topologyKey, ofLabel);
  for (const [domain, count] of sumByDomain(standing, topologyKey)) {
    ofLabel.set(domain, (ofLabel.get(domain) ?? 0) + weight * count);
  }
}

function weightAt(weights: DomainWeights, labels: Readonly<Record<string, string>>): number {
  let sum = 0;
  for (const [topologyKey, ofLabel] of weights) {
    const domain = labels[topologyKey];
    if (domain !== undefined) sum += ofLabel.get(domain) ?? 0;
  }
  return sum;
}

/** The least gets 0, the most 100; all get 0 when they are equal. */
function betweenWorstAndBest(amounts: readonly number[]): readonly number[] {
  const [least, most] = [Math.min(...amounts), Math.max(...amounts)];
  return amounts.map((amount) => (most === least ? 0 : Math.trunc((SCORE_MAX * (amount - least)) / (most - least))));
}
