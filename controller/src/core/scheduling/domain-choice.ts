import { compareText } from '../compare-text.ts';
import { HOSTNAME_KEY } from '../label-keys.ts';
import type { DomainRule } from './domain-rules.ts';
import { type LabelState, LEFT_OUT } from './label-state.ts';
import type { ShapeRules } from './topology.ts';
import { intersection, type TypeSet } from './type-set.ts';

/** What a planned node could still become. */
export interface Leeway {
  readonly state: LabelState;
  /** The types of the state that hold its pods. */
  readonly left: TypeSet;
}

/** One way to decide labels of a planned node. */
interface Choice {
  readonly leeway: Leeway;
  readonly crowding: number;
  /** What was decided, to tell equals apart. */
  readonly name: string;
}

/** What rules say of a pod on a planned node: `not-now` may change with pods to come; `barred` will not, for no pod of these rules. */
export type DecidedVerdict = 'admitted' | 'not-now' | 'barred';

/** Judges a planned node by those of its labels that are decided: a look that is cheap, and refuses most that are to be refused. */
export function judgeDecided({ byKey }: ShapeRules, state: LabelState, hostname: string): DecidedVerdict {
  let verdict: DecidedVerdict = 'admitted';
  for (const [key, rules] of byKey) {
    const domain = key === HOSTNAME_KEY ? hostname : state.onlyValue(key);
    if (domain === undefined) continue;
    for (const rule of rules) {
      if (rule.admits(domain)) continue;
      if (rule.isFinal) return 'barred';
      verdict = 'not-now';
    }
  }
  return verdict;
}

/**
 * Decides every label of a planned node by which pods of these rules are counted, and returns what the node then can be; undefined when
 * the rules leave nothing. Among what they allow it takes the least crowded domains, of these the cheapest, then the first by name.
 */
export function decideDomains({ byKey }: ShapeRules, leeway: Leeway): Leeway | undefined {
  if (byKey.size === 0) return leeway;
  let choices: Choice[] = [{ leeway, crowding: 0, name: '' }];
  for (const [key, rules] of byKey) {
    if (key !== HOSTNAME_KEY) choices = choices.flatMap((choice) => decideKey(key, rules, choice));
  }
  return best(choices)?.leeway;
}

function decideKey(key: string, rules: readonly DomainRule[], choice: Choice): readonly Choice[] {
  const { state, left } = choice.leeway;
  const values = state.domains(key, left);
  const mayStayOut = !rules.some(({ needsLabel }) => needsLabel);
  if (values === undefined || values.length === 0) return mayStayOut ? [choice] : [];
  const choices: Choice[] = [];
  for (const value of values) {
    if (!rules.every((rule) => rule.admits(value))) continue;
    const found = decided(key, value, rules, choice);
    if (found !== undefined) choices.push(found);
  }
  if (mayStayOut && state.mayLack(key, left)) {
    const found = decided(key, LEFT_OUT, rules, choice);
    if (found !== undefined) choices.push(found);
  }
  return choices;
}

function decided(
  key: string,
  value: string | typeof LEFT_OUT,
  rules: readonly DomainRule[],
  { leeway, crowding, name }: Choice,
): Choice | undefined {
  const state = leeway.state.decided(key, value);
  const left = state && intersection(leeway.left, state.types);
  if (state === undefined || left === undefined) return undefined;
  const more = value === LEFT_OUT ? 0 : rules.reduce((sum, rule) => sum + rule.crowding(value), 0);
  return { leeway: { state, left }, crowding: crowding + more, name: `${name}/${value ?? ''}` };
}

function best(choices: readonly Choice[]): Choice | undefined {
  if (choices.length <= 1) return choices[0];
  const least = Math.min(...choices.map(({ crowding }) => crowding));
  const [first] = choices
    .filter(({ crowding }) => crowding === least)
    .map((choice) => ({ choice, price: choice.leeway.state.cheapest(choice.leeway.left) }))
    .sort((left, right) => left.price - right.price || compareText(left.choice.name, right.choice.name));
  return first?.choice;
}
