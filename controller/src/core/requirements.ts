export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

/** One expression as users write it. */
export interface Expression {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/**
 * What may stand under one label key: the `values` themselves, or, when `complement`, every value but those.
 * `greaterThan` and `lessThan` are exclusive integer bounds and occur on complements only.
 * In v: {v}; NotIn v: all but v; Exists: all but nothing; DoesNotExist: nothing.
 *
 * The label may also be absent. NotIn and DoesNotExist allow that, the others do not; `present` says so where the rest
 * would not tell: on a NotIn that also has to exist, and on the empty set, which neither a value nor absence satisfies.
 * With absence as one more member, a requirement is a plain set and intersecting is all there is to it.
 */
export interface Requirement {
  readonly key: string;
  readonly complement: boolean;
  readonly values: ReadonlySet<string>;
  readonly greaterThan?: number;
  readonly lessThan?: number;
  readonly present?: true;
}

/** Requirements by key; a key that is absent is unconstrained. */
export type Requirements = ReadonlyMap<string, Requirement>;

export const NO_REQUIREMENTS: Requirements = new Map();

const INTEGER = /^-?\d+$/;
const NO_VALUES: ReadonlySet<string> = new Set();

/** True when `value` can be the operand of Gt and Lt. */
export function isInteger(value: string): boolean {
  return INTEGER.test(value);
}

/**
 * Returns the requirement that one expression states. `values` of Exists and DoesNotExist are ignored.
 * Throws RangeError when Gt or Lt lacks its integer: whoever reads expressions from outside checks that first.
 */
export function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  switch (operator) {
    case 'In':
      return values.length === 0 ? nothing(key) : { key, complement: false, values: new Set(values) };
    case 'NotIn':
      return { key, complement: true, values: new Set(values) };
    case 'Exists':
      return { key, complement: true, values: NO_VALUES };
    case 'DoesNotExist':
      return { key, complement: false, values: NO_VALUES };
    case 'Gt':
      return { key, complement: true, values: NO_VALUES, greaterThan: integerOperand(key, operator, values) };
    case 'Lt':
      return { key, complement: true, values: NO_VALUES, lessThan: integerOperand(key, operator, values) };
  }
}

function integerOperand(key: string, operator: Operator, values: readonly string[]): number {
  const [value] = values;
  if (value === undefined || !isInteger(value)) throw new RangeError(`${key} ${operator} needs one integer`);
  return Math.min(Math.max(Number(value), -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** What no label satisfies, not even a missing one. */
function nothing(key: string): Requirement {
  return { key, complement: false, values: NO_VALUES, present: true };
}

/** True when a label with `value` satisfies the requirement. */
export function has(requirement: Requirement, value: string): boolean {
  return requirement.values.has(value) !== requirement.complement && isWithinBounds(requirement, value);
}

/** True when a missing label satisfies the requirement. */
export function allowsAbsence(requirement: Requirement): boolean {
  if (requirement.present || isBounded(requirement)) return false;
  return requirement.complement === requirement.values.size > 0;
}

/** True when nothing satisfies the requirement, neither a value nor a missing label. */
export function isEmpty(requirement: Requirement): boolean {
  return !requirement.complement && requirement.values.size === 0 && !allowsAbsence(requirement);
}

function isBounded(requirement: Requirement): boolean {
  return requirement.greaterThan !== undefined || requirement.lessThan !== undefined;
}

function isWithinBounds(requirement: Requirement, value: string): boolean {
  if (!isBounded(requirement)) return true;
  if (!isInteger(value)) return false;
  const number = Number(value);
  return number > (requirement.greaterThan ?? -Infinity) && number < (requirement.lessThan ?? Infinity);
}

/** Returns what satisfies both. Commutative, associative, idempotent. Both must have the same key. */
export function intersect(left: Requirement, right: Requirement): Requirement {
  const { key } = left;
  const present = !allowsAbsence(left) || !allowsAbsence(right);
  if (left.complement && right.complement) return intersectComplements(left, right, present);
  const finite = left.complement ? right : left;
  const other = finite === left ? right : left;
  const values = new Set<string>();
  for (const value of finite.values) if (has(other, value)) values.add(value);
  if (values.size > 0) return { key, complement: false, values };
  return present ? nothing(key) : { key, complement: false, values: NO_VALUES };
}

function intersectComplements(left: Requirement, right: Requirement, present: boolean): Requirement {
  const { key } = left;
  const greaterThan = Math.max(left.greaterThan ?? -Infinity, right.greaterThan ?? -Infinity);
  const lessThan = Math.min(left.lessThan ?? Infinity, right.lessThan ?? Infinity);
  // Bounds are exclusive: between 3 and 4 lies no integer.
  if (lessThan - greaterThan <= 1) return nothing(key);
  const bounds = {
    ...(greaterThan > -Infinity ? { greaterThan } : {}),
    ...(lessThan < Infinity ? { lessThan } : {}),
  };
  const range: Requirement = { key, complement: true, values: NO_VALUES, ...bounds };
  const values = new Set<string>();
  for (const value of left.values) if (isWithinBounds(range, value)) values.add(value);
  for (const value of right.values) if (isWithinBounds(range, value)) values.add(value);
  return { ...range, values, ...(present && values.size > 0 && !isBounded(range) ? { present } : {}) };
}

/** True when something satisfies both: `!isEmpty(intersect(left, right))`, without building it. This is the solver's inner loop. */
export function intersects(left: Requirement, right: Requirement): boolean {
  if (left.complement && right.complement) {
    const greaterThan = Math.max(left.greaterThan ?? -Infinity, right.greaterThan ?? -Infinity);
    const lessThan = Math.min(left.lessThan ?? Infinity, right.lessThan ?? Infinity);
    return lessThan - greaterThan > 1;
  }
  const finite = left.complement ? right : left;
  const other = finite === left ? right : left;
  for (const value of finite.values) if (has(other, value)) return true;
  return allowsAbsence(left) && allowsAbsence(right);
}

/** True when both are satisfied by the same values, and by absence alike. */
export function isSameRequirement(left: Requirement, right: Requirement): boolean {
  if (left.complement !== right.complement || left.values.size !== right.values.size) return false;
  if (left.greaterThan !== right.greaterThan || left.lessThan !== right.lessThan) return false;
  if (allowsAbsence(left) !== allowsAbsence(right)) return false;
  return left.values.isSubsetOf(right.values);
}

/** Returns how the requirement reads as one operator. Bounds read as Exists, what nothing satisfies as DoesNotExist. */
export function operatorOf(requirement: Requirement): Operator {
  if (requirement.complement) return requirement.values.size > 0 ? 'NotIn' : 'Exists';
  return requirement.values.size > 0 ? 'In' : 'DoesNotExist';
}

/** Returns the requirements that all of `expressions` together state; those of one key are intersected. */
export function requirementsOf(expressions: Iterable<Expression>): Requirements {
  const result = new Map<string, Requirement>();
  for (const { key, operator, values } of expressions) {
    const stated = requirement(key, operator, values);
    const known = result.get(key);
    result.set(key, known ? intersect(known, stated) : stated);
  }
  return result;
}

/** Returns the requirements that a node with exactly these labels satisfies: `In` its value for each. */
export function requirementsOfLabels(labels: Readonly<Record<string, string>>): Requirements {
  return new Map(Object.entries(labels).map(([key, value]) => [key, requirement(key, 'In', [value])]));
}

/** Returns the requirements of both, intersected key by key. */
export function intersectAll(left: Requirements, right: Requirements): Requirements {
  const result = new Map(left);
  for (const [key, stated] of right) {
    const known = result.get(key);
    result.set(key, known ? intersect(known, stated) : stated);
  }
  return result;
}

/**
 * Returns expressions that state the same, sorted by key; several for one key where one operator cannot say it
 * (`Gt 1` and `Lt 9`). What nothing satisfies is written as DoesNotExist: a plan never holds it.
 */
export function toExpressions(requirements: Requirements): Expression[] {
  const keys = [...requirements.keys()].sort();
  return keys.flatMap((key) => expressionsOf(requirements.get(key) as Requirement));
}

function expressionsOf(requirement: Requirement): Expression[] {
  const { key, greaterThan, lessThan } = requirement;
  const values = [...requirement.values].sort();
  const expressions: Expression[] = [];
  if (greaterThan !== undefined) expressions.push({ key, operator: 'Gt', values: [String(greaterThan)] });
  if (lessThan !== undefined) expressions.push({ key, operator: 'Lt', values: [String(lessThan)] });
  if (requirement.present && requirement.complement) expressions.push({ key, operator: 'Exists', values: [] });
  if (expressions.length === 0 || values.length > 0) {
    expressions.push({ key, operator: operatorOf(requirement), values });
  }
  return expressions;
}

/** Returns the requirement in words: `zone In [a b]`, `cpu Gt 4 and cpu Lt 9`. */
export function formatRequirement(requirement: Requirement): string {
  if (isEmpty(requirement)) return `${requirement.key} In []`;
  return expressionsOf(requirement).map(formatExpression).join(' and ');
}

function formatExpression({ key, operator, values }: Expression): string {
  if (operator === 'Gt' || operator === 'Lt') return `${key} ${operator} ${values[0]}`;
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} [${values.join(' ')}]`;
}

/** True when the labels satisfy every requirement, as label selectors are read: a missing label suits only who allows its absence. */
export function labelsSatisfy(labels: Readonly<Record<string, string>>, requirements: Requirements): boolean {
  for (const [key, stated] of requirements) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (!(value === undefined ? allowsAbsence(stated) : has(stated, value))) return false;
  }
  return true;
}

/**
 * Returns the labels a node gets from its requirements: for each key that must be present and is not `isFixed`
 * (set by the kubelet or the cloud), one allowed value: the first by code units, or else the smallest allowed integer from 0.
 */
export function singleLabels(requirements: Requirements, isFixed: (key: string) => boolean): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const key of [...requirements.keys()].sort()) {
    const stated = requirements.get(key) as Requirement;
    if (isFixed(key) || allowsAbsence(stated)) continue;
    const value = anyValue(stated);
    if (value !== undefined) labels[key] = value;
  }
  return labels;
}

/** Some allowed value, always the same one; undefined when there is none (a label cannot be a negative number). */
function anyValue(requirement: Requirement): string | undefined {
  if (!requirement.complement) return [...requirement.values].sort()[0];
  const lowest = Math.max(requirement.greaterThan ?? -1, -1) + 1;
  // Each excluded value rules out one integer, so this many tries always suffice.
  for (let candidate = lowest; candidate <= lowest + requirement.values.size; candidate += 1) {
    if (has(requirement, String(candidate))) return String(candidate);
  }
  return undefined;
}
