import { Environment } from '@marcbachmann/cel-js';
import { isRecord, listOf } from './json-value.ts';
import type { FieldProblem } from './status-errors.ts';
import { type StructuralSchema, schemaOf, type ValidationRule } from './structural-schema.ts';

type Evaluate = (variables: { self: unknown; oldSelf?: unknown }) => unknown;

interface CompiledRule {
  readonly source: ValidationRule;
  readonly evaluate: Evaluate;
  readonly message: Evaluate | undefined;
  /** Compares with the old value, so it says nothing where there was none. */
  readonly isTransition: boolean;
}

/** A schema whose rules are parsed; `children` are those places below it that hold rules themselves. */
export interface CelNode {
  readonly schema: StructuralSchema;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, CelNode>;
  readonly elements: CelNode | undefined;
}

const environment = new Environment({
  unlistedVariablesAreDyn: false,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
})
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

/** The rules of a schema, parsed once; undefined when neither it nor anything below it has one. Throws when a rule cannot be parsed. */
export function compileRules(schema: StructuralSchema): CelNode | undefined {
  const properties = new Map<string, CelNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = compileRules(property);
    if (node !== undefined) properties.set(name, node);
  }
  const elementSchema = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : schema.items;
  const elements = elementSchema === undefined ? undefined : compileRules(elementSchema);
  const rules = (schema['x-kubernetes-validations'] ?? []).map(compileRule);
  return rules.length === 0 && properties.size === 0 && elements === undefined
    ? undefined
    : { schema, rules, properties, elements };
}

function compileRule(source: ValidationRule): CompiledRule {
  return {
    source,
    evaluate: environment.parse(source.rule) as Evaluate,
    message:
      source.messageExpression === undefined ? undefined : (environment.parse(source.messageExpression) as Evaluate),
    isTransition: /\boldSelf\b/.test(source.rule),
  };
}

/** What the rules of `node` and below say against `value`; `old` is undefined when there was no such value before. */
export function ruleProblems(node: CelNode, value: unknown, old: unknown, path: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  const problems = node.rules.flatMap((rule) => problemOf(rule, node.schema, value, old, path));
  if (Array.isArray(value)) {
    const { elements } = node;
    if (elements === undefined) return problems;
    return problems.concat(
      value.flatMap((item, i) => ruleProblems(elements, item, oldElement(node.schema, old, item), `${path}[${i}]`)),
    );
  }
  if (!isRecord(value)) return problems;
  for (const [name, item] of Object.entries(value)) {
    const below = node.properties.get(name) ?? (node.schema.items === undefined ? node.elements : undefined);
    const isDeclared = node.properties.has(name);
    const place = isDeclared ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`;
    if (below !== undefined) problems.push(...ruleProblems(below, item, isRecord(old) ? old[name] : undefined, place));
  }
  return problems;
}

/** Only the entries of a map-like list have an identity that survives an update. */
function oldElement(schema: StructuralSchema, old: unknown, item: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !isRecord(item)) return undefined;
  return listOf(old).find((candidate) => isRecord(candidate) && keys.every((key) => candidate[key] === item[key]));
}

function problemOf(
  rule: CompiledRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  path: string,
): FieldProblem[] {
  if (rule.isTransition && old === undefined) return [];
  const variables = { self: celValue(schema, value), ...(rule.isTransition ? { oldSelf: celValue(schema, old) } : {}) };
  const { source } = rule;
  const reason = source.reason ?? 'FieldValueInvalid';
  const field = `${path}${source.fieldPath ?? ''}` || '<nil>';
  try {
    if (rule.evaluate(variables) === true) return [];
    return [{ field, reason, message: worded(reason, schema, messageOf(rule, variables)) }];
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    return [{ field, reason, message: worded(reason, schema, `rule evaluation error: ${why}: ${source.rule.trim()}`) }];
  }
}

function messageOf(rule: CompiledRule, variables: Parameters<Evaluate>[0]): string {
  const computed = rule.message?.(variables);
  if (typeof computed === 'string' && computed.trim() !== '') return computed;
  return rule.source.message ?? `failed rule: ${rule.source.rule.trim()}`;
}

function worded(reason: FieldProblem['reason'], schema: StructuralSchema, message: string): string {
  switch (reason) {
    case 'FieldValueForbidden':
      return `Forbidden: ${message}`;
    case 'FieldValueRequired':
      return `Required value: ${message}`;
    case 'FieldValueDuplicate':
      return `Duplicate value: "${schema.type ?? 'object'}"`;
    default:
      return `Invalid value: "${schema.type ?? 'object'}": ${message}`;
  }
}

/** The value as CEL sees it: integers are integers, dates are times, and declared names are spelt as identifiers. */
function celValue(schema: StructuralSchema, value: unknown): unknown {
  if (typeof value === 'number')
    return schema.type === 'number' ? value : Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return schema.format === 'date-time' ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => celValue(schema.items ?? {}, item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isDeclared = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
      return [isDeclared ? celName(name) : name, celValue(schemaOf(schema, name) ?? {}, item)];
    }),
  );
}

const RESERVED_WORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The identifier under which a rule reaches a declared field. */
function celName(name: string): string {
  if (RESERVED_WORDS.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (part) => ESCAPES[part] as string);
}
