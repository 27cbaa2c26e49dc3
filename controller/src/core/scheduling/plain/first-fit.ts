import type { ClusterSnapshot } from '../../cluster-snapshot.ts';
import type { PodDemand } from '../../pod-demand.ts';
import type { Plan, SolveOptions } from '../plan.ts';
import type { UnforeseenDomains } from '../topology.ts';
import { Packing } from './packing.ts';

/** Attempts at one plan. Each starts with all domains that those before it opened, so more than two are rare. */
const ATTEMPTS_MAX = 8;

/** What `firstFit` does, plainly: with lists that are filtered pod by pod. It runs in tests only, to say what the fast twin has to do. */
export function firstFitPlainly(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Plan {
  let unforeseen: UnforeseenDomains = new Map();
  for (let attempt = 1; ; attempt += 1) {
    const packing = new Packing(snapshot, demand, options, unforeseen);
    packing.run();
    const fresh = packing.unforeseen();
    if (fresh.size === 0 || attempt === ATTEMPTS_MAX) return packing.plan();
    unforeseen = union(unforeseen, fresh);
  }
}

function union(left: UnforeseenDomains, right: UnforeseenDomains): UnforeseenDomains {
  const joined = new Map(left);
  for (const [id, domains] of right) joined.set(id, domains.union(joined.get(id) ?? new Set()));
  return joined;
}
