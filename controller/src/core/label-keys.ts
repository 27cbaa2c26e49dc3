/** The two labels an offering decides. The scheduler must know them by name; all others are just keys to it. */
export const ZONE_KEY = 'topology.kubernetes.io/zone';
export const CAPACITY_TYPE_KEY = 'karpenter.sh/capacity-type';
/** The label whose value no two nodes share: each new node is a new domain of it. */
export const HOSTNAME_KEY = 'kubernetes.io/hostname';
