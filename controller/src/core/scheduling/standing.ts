import type { NodeModel } from '../cluster-snapshot.ts';
import { HOSTNAME_KEY } from '../label-keys.ts';
import { allowsAbsence, has, type Requirement, type Requirements } from '../requirements.ts';
import { firstUntolerated, type Toleration } from '../taints.ts';
import { possiblySatisfies, surelySatisfies } from './node-match.ts';

/** Which nodes a spread constraint counts. */
export interface NodeFilter {
  /** Any of these must hold; undefined when labels do not matter. */
  readonly alternatives: readonly Requirements[] | undefined;
  /** These must cover the node's taints; undefined when taints do not matter. */
  readonly tolerations: readonly Toleration[] | undefined;
  /** Labels that must be there. */
  readonly keys: readonly string[];
}

/**
 * Returns the values of the label with which the node may be one that the filter counts. While a label is open that is asked value by
 * value: the alternative that allows the value must be one that the node can fulfil.
 */
export function countableDomains(standing: Standing, filter: NodeFilter, key: string): readonly string[] {
  return (standing.domains(key) ?? []).filter((domain) => {
    const alternatives = filter.alternatives?.filter((wanted) => {
      const asked = wanted.get(key);
      return asked === undefined || has(asked, domain);
    });
    // The filter itself where nothing is left out: standings remember what they found of it.
    const isWhole = alternatives?.length === filter.alternatives?.length;
    return standing.passes(isWhole ? filter : { ...filter, alternatives }) !== 'never';
  });
}

/** What rules say of a pod on a node: `not-now` may change with pods to come, `never` will not. */
export type Verdict = 'admitted' | 'not-now' | 'never';

/** A node, present or planned, as far as rules between pods look at it. */
export interface Standing {
  /** The values that the label may have: one when it is decided, none when there is no such label, undefined when it may be anything. */
  domains(key: string): readonly string[] | undefined;
  passes(filter: NodeFilter): 'surely' | 'possibly' | 'never';
}

/** The node of a snapshot as a `Standing`. */
export class NodeStanding implements Standing {
  readonly #node: NodeModel;
  readonly #wellKnown: ReadonlySet<string>;

  constructor(node: NodeModel, wellKnown: ReadonlySet<string>) {
    this.#node = node;
    this.#wellKnown = wellKnown;
  }

  domains(key: string): readonly string[] | undefined {
    const { name, labels, undecided } = this.#node;
    if (Object.hasOwn(labels, key)) return [labels[key] as string];
    if (key === HOSTNAME_KEY) return [name];
    const stated = undecided?.get(key);
    if (stated !== undefined) return statedDomains(stated);
    return undecided !== undefined && this.#wellKnown.has(key) ? undefined : [];
  }

  passes({ alternatives, tolerations, keys }: NodeFilter): 'surely' | 'possibly' | 'never' {
    const node = this.#node;
    if (keys.some((key) => this.domains(key)?.length === 0)) return 'never';
    if (tolerations !== undefined && firstUntolerated(node.taints, tolerations) !== undefined) return 'never';
    if (alternatives === undefined) return 'surely';
    if (alternatives.some((wanted) => surelySatisfies(node, wanted, this.#wellKnown))) return 'surely';
    return alternatives.some((wanted) => possiblySatisfies(node, wanted, this.#wellKnown)) ? 'possibly' : 'never';
  }
}

/** The values that a requirement leaves to a label, sorted: none when it leaves the label out, undefined when they cannot be listed. */
export function statedDomains(stated: Requirement): readonly string[] | undefined {
  if (!stated.complement) return [...stated.values].sort();
  return allowsAbsence(stated) ? [] : undefined;
}
