import { compareText } from '../../compare-text.ts';
import { HOSTNAME_KEY } from '../../label-keys.ts';
import { intersect, requirement } from '../../requirements.ts';
import type { DomainRule } from '../domain-rules.ts';
import { isBuyable, offeringMatches, satisfiesKey } from '../instance-type-filter.ts';
import { mayLackLabel, onlyValue, type Prospect, prospectiveDomains } from '../prospect.ts';
import type { Verdict } from '../standing.ts';
import type { ShapeRules } from '../topology.ts';

/** One way to decide labels of a planned node. */
interface Choice {
  readonly prospect: Prospect;
  readonly crowding: number;
  /** What was decided, to tell equals apart. */
  readonly name: string;
}

/** In place of a label's value: the node will not have the label. */
const LEFT_OUT = undefined;

/** Judges a planned node by those of its labels that are decided: a look that is cheap, and refuses most that are to be refused. */
export function judgeDecided({ byKey }: ShapeRules, { requirements }: Prospect, hostname: string): Verdict {
  let verdict: Verdict = 'admitted';
  for (const [key, rules] of byKey) {
    const domain = key === HOSTNAME_KEY ? hostname : onlyValue(requirements.get(key));
    const refusing = domain === undefined ? [] : rules.filter((rule) => !rule.admits(domain));
    if (refusing.some(({ isFinal }) => isFinal)) return 'never';
    if (refusing.length > 0) verdict = 'not-now';
  }
  return verdict;
}

/**
 * Decides every label of a planned node by which pods of these rules are counted, and returns what the node then can be; undefined when
 * the rules leave nothing. Among what they allow it takes the least crowded domains, of these the cheapest, then the first by name.
 */
export function decideDomains({ byKey }: ShapeRules, prospect: Prospect): Prospect | undefined {
  let choices: Choice[] = [{ prospect, crowding: 0, name: '' }];
  for (const [key, rules] of byKey) {
    if (key !== HOSTNAME_KEY) choices = choices.flatMap((choice) => decideKey(key, rules, choice));
  }
  return best(choices)?.prospect;
}

function decideKey(key: string, rules: readonly DomainRule[], choice: Choice): Choice[] {
  const { prospect } = choice;
  const values = prospectiveDomains(key, prospect);
  const mayStayOut = !rules.some(({ needsLabel }) => needsLabel);
  const isOut = values === undefined || values.length === 0;
  if (isOut) return mayStayOut ? [choice] : [];
  const choices = values
    .filter((value) => rules.every((rule) => rule.admits(value)))
    .map((value) => decided(key, value, rules, choice));
  if (mayStayOut && mayLackLabel(key, prospect)) choices.push(decided(key, LEFT_OUT, rules, choice));
  return choices.filter((each) => each !== undefined);
}

function decided(
  key: string,
  value: string | undefined,
  rules: readonly DomainRule[],
  { prospect, crowding, name }: Choice,
): Choice | undefined {
  const narrowed = withLabel(key, value, prospect);
  if (narrowed === undefined) return undefined;
  const more = value === undefined ? 0 : rules.reduce((sum, rule) => sum + rule.crowding(value), 0);
  return { prospect: narrowed, crowding: crowding + more, name: `${name}/${value ?? ''}` };
}

/** The prospect with the label fixed to the value, or left out; undefined when no type is left. */
function withLabel(key: string, value: string | undefined, prospect: Prospect): Prospect | undefined {
  const asked = value === undefined ? requirement(key, 'DoesNotExist', []) : requirement(key, 'In', [value]);
  const known = prospect.requirements.get(key);
  if (onlyValue(known) !== undefined) return prospect;
  const stated = known === undefined ? asked : intersect(known, asked);
  const requirements = new Map(prospect.requirements).set(key, stated);
  const types = prospect.types.filter(({ type }) => satisfiesKey(type, stated) && isBuyable(type, requirements));
  return types.length === 0 ? undefined : { requirements, types };
}

function best(choices: readonly Choice[]): Choice | undefined {
  if (choices.length <= 1) return choices[0];
  const least = Math.min(...choices.map(({ crowding }) => crowding));
  const [first] = choices
    .filter(({ crowding }) => crowding === least)
    .map((choice) => ({ choice, price: cheapestOf(choice.prospect) }))
    .sort((left, right) => left.price - right.price || compareText(left.choice.name, right.choice.name));
  return first?.choice;
}

function cheapestOf({ requirements, types }: Prospect): number {
  let cheapest = Number.POSITIVE_INFINITY;
  for (const { type } of types) {
    for (const offering of type.offerings) {
      if (!offering.available || offering.priceNanoUsdPerHour >= cheapest) continue;
      if (offeringMatches(offering, requirements)) cheapest = offering.priceNanoUsdPerHour;
    }
  }
  return cheapest;
}
