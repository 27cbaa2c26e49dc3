/** The two labels an offering decides. The scheduler must know them by name; all others are just keys to it. */
export const ZONE_KEY = 'topology.kubernetes.io/zone';
export const CAPACITY_TYPE_KEY = 'karpenter.sh/capacity-type';
/** The label whose value no two nodes share: each new node is a new domain of it. */
export const HOSTNAME_KEY = 'kubernetes.io/hostname';
/**
 * Stands in expressions for the node's own name (`matchFields`). No label can have this key. Nobody knows the name of a node that is yet
 * to come, so to planned nodes it is a label that they will not have: In never holds, NotIn always.
 */
export const NODE_NAME_KEY = 'field:metadata.name';
