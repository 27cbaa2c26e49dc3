import { NODE_NAME_KEY } from './label-keys.ts';
import {
  allowsAbsence,
  formatRequirement,
  intersect,
  intersects,
  type Requirement,
  type Requirements,
} from './requirements.ts';

/** Why requirements cannot hold together. */
export interface Incompatibility {
  readonly key: string;
  /** In words: `label "team" does not have known values`. */
  readonly message: string;
  /** Present when the node knows no such label: with the one that may have been meant. */
  readonly unknownLabel?: { readonly meant?: string };
  /** Present when the pod may only go to nodes that it names. */
  readonly isPinned?: true;
}

/** A label within this share of its length in edits of another is taken for a typing error. */
const TYPO_LENGTH_PER_EDIT = 5;

/**
 * Returns undefined when a node that will satisfy `node` can satisfy `pod`, else the first key, by code units, that is in the way.
 * A key the node leaves open suits only if it is in `allowUndefined` or if the pod is content without that label.
 */
export function compatible(
  node: Requirements,
  pod: Requirements,
  allowUndefined: ReadonlySet<string>,
): Incompatibility | undefined {
  let first: string | undefined;
  for (const [key, asked] of pod) {
    if (isMet(node.get(key), asked, allowUndefined)) continue;
    if (first === undefined || key < first) first = key;
  }
  return first === undefined ? undefined : explain(first, node, pod.get(first) as Requirement, allowUndefined);
}

/** True when a node that will satisfy `node` can satisfy `pod`: `compatible` for those who do not ask why. */
export function isCompatible(node: Requirements, pod: Requirements, allowUndefined: ReadonlySet<string>): boolean {
  for (const [key, asked] of pod) if (!isMet(node.get(key), asked, allowUndefined)) return false;
  return true;
}

/**
 * Returns the requirements of a node that is to satisfy both, which must be compatible. A key that the node leaves open, and that is not
 * in `allowUndefined`, stays open: nobody will give the node that label, and the pod is content without it. Were its wish kept, the next
 * pod could take the key for one that the node defines, and ask for a value.
 */
export function joinRequirements(
  node: Requirements,
  pod: Requirements,
  allowUndefined: ReadonlySet<string>,
): Requirements {
  const joined = new Map(node);
  for (const [key, asked] of pod) {
    const offered = node.get(key);
    if (offered !== undefined) joined.set(key, intersect(offered, asked));
    else if (allowUndefined.has(key)) joined.set(key, asked);
  }
  return joined;
}

function isMet(offered: Requirement | undefined, asked: Requirement, allowUndefined: ReadonlySet<string>): boolean {
  if (offered) return intersects(offered, asked);
  return allowUndefined.has(asked.key) || allowsAbsence(asked);
}

function explain(
  key: string,
  node: Requirements,
  asked: Requirement,
  allowUndefined: ReadonlySet<string>,
): Incompatibility {
  const offered = node.get(key);
  if (offered) {
    return { key, message: `${formatRequirement(asked)} is asked, but ${formatRequirement(offered)} is offered` };
  }
  if (key === NODE_NAME_KEY) {
    const message = `only node ${[...asked.values].join(' or ')} will do, and a new node gets another name`;
    return { key, message, isPinned: true };
  }
  const message = `label "${key}" does not have known values`;
  const meant = likelyMeant(key, [...allowUndefined, ...node.keys()]);
  if (meant === undefined) return { key, message, unknownLabel: {} };
  return { key, message: `${message} (typo of "${meant}"?)`, unknownLabel: { meant } };
}

function likelyMeant(key: string, known: readonly string[]): string | undefined {
  const sorted = [...known].sort();
  return (
    sorted.find((candidate) => candidate.includes(key)) ??
    sorted.find((candidate) => {
      const editsMax = candidate.length / TYPO_LENGTH_PER_EDIT;
      // Each character too few or too many takes an edit, which spares most comparisons.
      return Math.abs(key.length - candidate.length) < editsMax && editDistance(key, candidate) < editsMax;
    })
  );
}

/** Levenshtein distance: how many characters to insert, drop or replace. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] as number) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[to.length] as number;
}
