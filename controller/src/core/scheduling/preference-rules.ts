import type { PreferenceRule } from '../cluster-snapshot.ts';
import { type PodShape, withoutWishes } from './pod-shape.ts';
import type { ProvisionerMarket } from './provisioner-market.ts';
import { ResourceAxes } from './seeker.ts';

/** What Provisioners say about preferences, for the pods of one problem. */
interface PreferenceRules {
  /** Returns the shape as it seeks a place: without its wishes where they are to be ignored. */
  readonly shapeFor: (shape: PodShape) => PodShape;
  /** For the shapes that were asked for and whose wishes are priced: what one of weight 100 may cost. */
  readonly wishPrices: ReadonlyMap<PodShape, number>;
}

/**
 * The rule for a pod is that of the heaviest Provisioner that could launch a node for it, limits and other pods aside: where its node would
 * most likely come from. Pods for which none could launch one keep their wishes, among the nodes that are there.
 */
export function preferenceRules(markets: readonly ProvisionerMarket[]): PreferenceRules {
  const axes = new ResourceAxes();
  const wishPrices = new Map<PodShape, number>();
  const known = new Map<PodShape, PodShape>();
  const ruleOf = (barest: PodShape): PreferenceRule | undefined =>
    markets.find((market) => market.openings(barest, axes.amounts(barest.requests)).length > 0)?.model.preferences;
  const find = (shape: PodShape): PodShape => {
    const barest = withoutWishes(shape);
    const rule = barest === shape ? undefined : ruleOf(barest);
    if (rule?.policy === 'priced') wishPrices.set(shape, rule.nanoUsdPerHour);
    return rule?.policy === 'ignore' ? barest : shape;
  };
  return {
    shapeFor: (shape) => {
      const found = known.get(shape) ?? find(shape);
      known.set(shape, found);
      return found;
    },
    wishPrices,
  };
}
