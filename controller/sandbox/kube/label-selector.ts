import { badRequest } from './status-errors.ts';

export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** metav1.LabelSelector: all of it must hold. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelExpression[];
}

/** True when the labels satisfy every part of the selector; an empty selector selects all. */
export function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((expression) => expressionMatches(expression, labels))
  );
}

function expressionMatches(
  { key, operator, values = [] }: LabelExpression,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

const KEY = '[A-Za-z0-9][-A-Za-z0-9_./]*';
const SET_TERM = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY_TERM = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const PRESENCE_TERM = new RegExp(`^(!?)\\s*(${KEY})$`);

/** The selector that a `labelSelector` parameter spells (`a=b,c!=d,e in (f,g),!h`). 400 when it cannot be read. */
export function parseLabelSelector(text: string): LabelSelector {
  return { matchExpressions: splitTerms(text).map(parseTerm) };
}

/** Commas part terms, except between parentheses. */
function splitTerms(text: string): string[] {
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  return terms.filter((term) => term !== '');
}

function parseTerm(term: string): LabelExpression {
  const set = SET_TERM.exec(term);
  if (set !== null) {
    const values = (set[3] as string).split(',').map((value) => value.trim());
    return { key: set[1] as string, operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const equality = EQUALITY_TERM.exec(term);
  if (equality !== null) {
    return {
      key: equality[1] as string,
      operator: equality[2] === '!=' ? 'NotIn' : 'In',
      values: [equality[3] as string],
    };
  }
  const presence = PRESENCE_TERM.exec(term);
  if (presence !== null)
    return { key: presence[2] as string, operator: presence[1] === '!' ? 'DoesNotExist' : 'Exists' };
  throw badRequest(`unable to parse requirement: ${term}`);
}
