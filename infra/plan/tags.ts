import { createHash } from 'node:crypto';
import { clusterTag } from '../../controller/src/api/names.ts';

/** By convention; the controller has no built-in meaning for it, an AWSNodeTemplate selects by it. */
export const KARPENTER_DISCOVERY_TAG = 'karpenter.sh/discovery';

/** Says which stack put a discovery tag on something that it does not own. */
const TAGGED_BY_TAG = 'karpenter-gitops/tagged-by';

const TAG_KEY_LENGTH_MAX = 128;

/** On what an account can have only one of: tells the next run of the stack that made it from everybody else. */
export const MADE_BY_TAG = 'karpenter-gitops/made-by';

/** A subnet or security group as AWS has it now. */
export interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

/** A tag that this stack shall own. */
export interface TagPlan {
  readonly key: string;
  readonly value: string;
}

/** The discovery tags wanted on each subnet and the security group. The page gives the cluster tag no value, so neither do we. */
export function discoveryTags(
  clusterName: string,
  wanted: { readonly clusterTag: boolean; readonly karpenterTag: boolean },
): Readonly<Record<string, string>> {
  return {
    ...(wanted.clusterTag ? { [clusterTag(clusterName)]: '' } : {}),
    ...(wanted.karpenterTag ? { [KARPENTER_DISCOVERY_TAG]: clusterName } : {}),
  };
}

/**
 * The tags that this stack owns on a resource that is not its own: those that nobody else has put there. What we own is written on
 * the resource itself, one marker tag per key with the stack's name, because in the next run our own tag looks like anybody's.
 * Markers come first: a crash between the two then leaves a marker without its tag, which the next run completes.
 * Sorted by key.
 */
export function tagPlans(
  resource: Tagged,
  wanted: Readonly<Record<string, string>>,
  owner: string,
): readonly TagPlan[] {
  return Object.keys(wanted)
    .sort()
    .flatMap((key) => {
      const marker = markerOf(key);
      if (key in resource.tags && resource.tags[marker] !== owner) return [];
      return [
        { key: marker, value: owner },
        { key, value: wanted[key] ?? '' },
      ];
    });
}

/** A long cluster name leaves no room for the whole key, and then its hash stands for it. */
function markerOf(key: string): string {
  const marker = `${TAGGED_BY_TAG}/${key}`;
  if (marker.length <= TAG_KEY_LENGTH_MAX) return marker;
  return `${TAGGED_BY_TAG}/${createHash('sha256').update(key).digest('hex')}`;
}

/** Keys that a resource carries by somebody else's hand with another value than the controller looks for. */
export function foreignValues(resource: Tagged, wanted: Readonly<Record<string, string>>): readonly string[] {
  // The controller's default selector asks for the key alone, so a cluster tag of any value will do.
  return Object.keys(wanted)
    .filter((key) => wanted[key] !== '' && key in resource.tags && resource.tags[key] !== wanted[key])
    .sort();
}
