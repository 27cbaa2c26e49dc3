import { type Expression, isEmpty, requirementsOf, toExpressions } from './requirements.ts';

/** A volume that counts against what a CSI driver can attach to one node; the same claim of two pods counts once. */
export interface VolumeAttachment {
  readonly driver: string;
  /** `namespace/name`. */
  readonly claim: string;
}

/** What keeps a pod from every node for the sake of a volume, until something about that volume changes. */
export interface VolumeProblem {
  readonly code: 'volume-not-found' | 'volume-not-bound' | 'volume-conflict' | 'unsupported-constraint';
  /** Names the claim. */
  readonly message: string;
}

/** What the volumes of a pod ask of its node. */
export interface PodVolumes {
  /** Where its volumes can be attached: any of these terms holds. Empty: anywhere. */
  readonly volumeTerms: readonly (readonly Expression[])[];
  readonly attachments: readonly VolumeAttachment[];
  readonly volumeProblem?: VolumeProblem;
}

/** Of a pod without volumes, or with volumes that go anywhere. */
export const NO_VOLUMES: PodVolumes = Object.freeze({ volumeTerms: Object.freeze([]), attachments: Object.freeze([]) });

/**
 * Ways in which the volumes of one pod may be attached together. A volume has one or two; 256 take eight volumes of two ways each that
 * all differ, and each way is one more question to every node.
 */
export const VOLUME_TERMS_MAX = 256;

/**
 * Returns the terms under which all volumes can be attached to one node: one term of each, joined. Given are each volume's own terms, as
 * `satisfiableTerms` leaves them; one without terms goes anywhere. `conflict` says that no node could have them all, `too-many` that more
 * than `VOLUME_TERMS_MAX` ways are left.
 */
export function joinVolumeTerms(
  volumes: readonly PodVolumes['volumeTerms'][],
): PodVolumes['volumeTerms'] | 'conflict' | 'too-many' {
  let joined: PodVolumes['volumeTerms'] = [];
  for (const terms of volumes) {
    if (terms.length === 0) continue;
    if (joined.length === 0) {
      joined = terms;
      continue;
    }
    joined = satisfiableTerms(joined.flatMap((term) => terms.map((other) => [...term, ...other])));
    if (joined.length === 0) return 'conflict';
    if (joined.length > VOLUME_TERMS_MAX) return 'too-many';
  }
  return joined;
}

/** Returns the terms that do not contradict themselves, each in one spelling and once. Volumes are read so, once, not at each plan. */
export function satisfiableTerms(terms: PodVolumes['volumeTerms']): PodVolumes['volumeTerms'] {
  const ways = new Map<string, readonly Expression[]>();
  for (const term of terms) {
    const requirements = requirementsOf(term);
    if (requirements.values().some(isEmpty)) continue;
    const spelt = toExpressions(requirements);
    ways.set(JSON.stringify(spelt), spelt);
  }
  return [...ways.values()];
}

/** The claims attached to one node, by driver. */
export type AttachedClaims = ReadonlyMap<string, ReadonlySet<string>>;

/** Returns the claims of all attachments, each once. */
export function claimsOf(attachments: Iterable<VolumeAttachment>): Map<string, Set<string>> {
  const claims = new Map<string, Set<string>>();
  for (const { driver, claim } of attachments) {
    const attached = claims.get(driver);
    if (attached === undefined) claims.set(driver, new Set([claim]));
    else attached.add(claim);
  }
  return claims;
}

/**
 * True when the node can take what is `wanted` besides what is attached. A driver without a limit takes any number. One that has more
 * attached than its limit says refuses new claims, but not pods whose claims are there already, as in kube-scheduler.
 */
export function canAttach(
  limits: Readonly<Record<string, number>>,
  attached: AttachedClaims,
  wanted: readonly VolumeAttachment[],
): boolean {
  const added = claimsOf(wanted.filter(({ driver, claim }) => !attached.get(driver)?.has(claim)));
  return added.entries().every(([driver, claims]) => {
    const limit = Object.hasOwn(limits, driver) ? (limits[driver] as number) : Infinity;
    return (attached.get(driver)?.size ?? 0) + claims.size <= limit;
  });
}
