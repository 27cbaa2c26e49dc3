import { BETWEEN_PODS_CORNERS } from './between-pods.ts';
import type { Corner } from './corner.ts';
import { LABEL_CORNERS } from './labels.ts';
import { REQUEST_CORNERS } from './requests.ts';
import { WISH_AND_LIMIT_CORNERS } from './wishes-and-limits.ts';

/** The corners of Karpenter's scheduling that its documentation, its tests or its code name. */
export const UPSTREAM_CORNERS: readonly Corner[] = [
  ...LABEL_CORNERS,
  ...REQUEST_CORNERS,
  ...BETWEEN_PODS_CORNERS,
  ...WISH_AND_LIMIT_CORNERS,
];
