import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { type Ground, groundOf } from './ground.ts';
import { Packing } from './packing.ts';
import type { Plan, SolveOptions } from './plan.ts';
import type { UnforeseenDomains } from './topology.ts';

/** Attempts at one plan. Each starts with all domains that those before it opened, so more than two are rare. */
const ATTEMPTS_MAX = 8;

/**
 * Packs as upstream does, first fit with large pods first: existing nodes, then the planned node with the fewest pods, then a new node of
 * the Provisioner with the highest weight. A pod gives up its wishes one by one where they leave it without a place; one that waits for
 * others is asked again after them. At most `options.fitChecksMax` pairs of pod and node are checked; the pods that are left then are
 * `work-limit-reached`.
 */
export function firstFit(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Plan {
  return packed(groundOf(snapshot, demand, options), (packing) => packing.runFirstFit()).plan();
}

/**
 * Returns the packing in which `run` has placed all pods. A spread constraint counts the domains that are there and those that its own pods could open. A plan
 * that also opens others, for pods with other tolerations or selectors, is made again with those counted from the start: kube-scheduler
 * would count them. On cautious ground it is first tried not to open them.
 */
export function packed(ground: Ground, run: (packing: Packing) => void): Packing {
  let unforeseen: UnforeseenDomains = new Map();
  let shunned: UnforeseenDomains = new Map();
  for (let attempt = 1; ; attempt += 1) {
    const packing = new Packing(ground, unforeseen, ground.isCautious ? { shunned } : undefined);
    run(packing);
    const fresh = packing.unforeseen();
    if (fresh.size === 0 || attempt === ATTEMPTS_MAX) return packing;
    if (ground.isCautious && attempt === 1) shunned = fresh;
    else unforeseen = union(unforeseen, fresh);
  }
}

function union(left: UnforeseenDomains, right: UnforeseenDomains): UnforeseenDomains {
  const joined = new Map(left);
  for (const [id, domains] of right) joined.set(id, domains.union(joined.get(id) ?? new Set()));
  return joined;
}
