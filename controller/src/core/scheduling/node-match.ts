import type { NodeModel } from '../cluster-snapshot.ts';
import { NODE_NAME_KEY } from '../label-keys.ts';
import {
  allowsAbsence,
  has,
  intersect,
  intersects,
  isSameRequirement,
  type Requirement,
  type Requirements,
} from '../requirements.ts';

/**
 * True when the node's labels satisfy the requirements whatever is still undecided about them. A well-known label that an undecided
 * node does not speak of may turn out any way, so a pod that cares for it has to wait.
 */
export function surelySatisfies(node: NodeModel, wanted: Requirements, wellKnown: ReadonlySet<string>): boolean {
  return wanted.values().every((asked) => {
    const standing = labelStanding(node, asked, wellKnown);
    if (typeof standing === 'boolean') return standing;
    return standing !== undefined && isSameRequirement(standing, intersect(standing, asked));
  });
}

/** True when the node's labels satisfy the requirements, or may come to. */
export function possiblySatisfies(node: NodeModel, wanted: Requirements, wellKnown: ReadonlySet<string>): boolean {
  return wanted.values().every((asked) => {
    const standing = labelStanding(node, asked, wellKnown);
    if (typeof standing === 'boolean') return standing;
    return standing === undefined || intersects(standing, asked);
  });
}

/** Whether the label suits, where that is decided; else what is known of it, undefined when that is nothing. */
function labelStanding(
  { name, labels, undecided }: NodeModel,
  asked: Requirement,
  wellKnown: ReadonlySet<string>,
): boolean | Requirement | undefined {
  const { key } = asked;
  if (key === NODE_NAME_KEY) return has(asked, name);
  if (Object.hasOwn(labels, key)) return has(asked, labels[key] as string);
  const known = undecided?.get(key);
  if (known !== undefined) return known;
  if (undecided !== undefined && wellKnown.has(key)) return undefined;
  return allowsAbsence(asked);
}
