import type { Node, Pod } from '../kube/built-in-kinds.ts';
import type { AffinityTerm } from './affinity-terms.ts';
import type { Misfit } from './node-fit.ts';
import { type Residents, sumByDomain } from './residents.ts';

const NO_AFFINITY: Misfit = { reasons: ["node(s) didn't match pod affinity rules"], isForWantOfRoom: false };
const NO_ANTI_AFFINITY: Misfit = { reasons: ["node(s) didn't match pod anti-affinity rules"], isForWantOfRoom: true };
const NO_EXISTING_ANTI_AFFINITY: Misfit = {
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  isForWantOfRoom: true,
};

/** A test of nodes: why required affinity and anti-affinity, the pod's own and that of residents, keep the pod from one. */
export function affinityFilter(pod: Pod, residents: Residents): (node: Node) => Misfit | undefined {
  const isAffine = affinityTest(pod, residents);
  const isApart = antiAffinityTest(pod, residents);
  const isWelcome = welcomeTest(pod, residents);
  return (node) => {
    if (!isAffine(node)) return NO_AFFINITY;
    if (!isApart(node)) return NO_ANTI_AFFINITY;
    return isWelcome(node) ? undefined : NO_EXISTING_ANTI_AFFINITY;
  };
}

type NodeTest = (node: Node) => boolean;

/**
 * One and the same resident must be meant by all terms; each term then asks for a domain that such a one is in. While there is
 * none, a pod that all its own terms mean may go anywhere that has the labels, or a group could never start.
 */
function affinityTest(pod: Pod, residents: Residents): NodeTest {
  const { key, terms } = residents.termsOf(pod);
  const { affinity } = terms;
  if (affinity.length === 0) return () => true;
  const mates = residents.count(`affinity ${key}`, (other) => isMeantByAll(affinity, other));
  const domains = affinity.map(({ topologyKey }) => ({ topologyKey, counts: sumByDomain(mates, topologyKey) }));
  const isFirst = domains.every(({ counts }) => counts.size === 0) && isMeantByAll(affinity, pod);
  return ({ metadata }) =>
    domains.every(({ topologyKey, counts }) => {
      const domain = metadata.labels?.[topologyKey];
      return domain !== undefined && (isFirst || counts.has(domain));
    });
}

function isMeantByAll(terms: readonly AffinityTerm[], other: Pod): boolean {
  return terms.every((term) => term.means(other));
}

/** Unlike affinity, each term of anti-affinity stands for itself. */
function antiAffinityTest(pod: Pod, residents: Residents): NodeTest {
  const { key, terms } = residents.termsOf(pod);
  const avoided = terms.antiAffinity.map(({ topologyKey, means }, index) => ({
    topologyKey,
    domains: sumByDomain(residents.count(`anti-affinity ${index} ${key}`, means), topologyKey),
  }));
  return isOutside(avoided);
}

/** Anti-affinity is mutual: a resident's keeps away whom it means, whatever that pod says. */
function welcomeTest(pod: Pod, residents: Residents): NodeTest {
  const guarded: Avoided[] = [];
  for (const { terms, standing } of residents.affinityGroups()) {
    for (const { topologyKey, means } of terms.antiAffinity) {
      if (means(pod)) guarded.push({ topologyKey, domains: sumByDomain(standing, topologyKey) });
    }
  }
  return isOutside(guarded);
}

interface Avoided {
  readonly topologyKey: string;
  readonly domains: ReadonlyMap<string, number>;
}

/** A node without the label is in no domain, so nothing keeps the pod from it. */
function isOutside(avoided: readonly Avoided[]): NodeTest {
  return ({ metadata }) =>
    avoided.every(({ topologyKey, domains }) => {
      const domain = metadata.labels?.[topologyKey];
      return domain === undefined || !domains.has(domain);
    });
}
