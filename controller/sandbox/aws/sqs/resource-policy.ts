/** One statement of a resource's policy, each part as a list. */
interface Statement {
  readonly isAllow: boolean;
  readonly services: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: readonly string[];
  }[];
}

/** What an AWS service asks of a resource. */
export interface ServiceRequest {
  /** `events.amazonaws.com`. */
  readonly service: string;
  readonly action: string;
  readonly resourceArn: string;
  /** Condition keys such as `aws:SourceArn`. */
  readonly context: Readonly<Record<string, string>>;
}

/** Operators that we can judge by; negated ones and those of numbers and dates are not among them. */
const OPERATORS: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringLike: matchesWildcards,
  ArnEquals: matchesWildcards,
  ArnLike: matchesWildcards,
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
};

/** The policy's statements, or undefined where the text is no policy, or holds an operator that we cannot judge by. */
export function parseResourcePolicy(document: string): readonly Statement[] | undefined {
  try {
    const { Statement: statements } = JSON.parse(document) as { Statement?: unknown };
    const parsed = [statements].flat().map(parseStatement);
    const isKnown = parsed.every(({ conditions }) => conditions.every(({ operator }) => operator in OPERATORS));
    return isKnown && statements !== undefined ? parsed : undefined;
  } catch {
    // No JSON, or a statement that is no object: no policy either way.
    return undefined;
  }
}

function parseStatement(value: unknown): Statement {
  const {
    Effect: effect,
    Principal: principal,
    Action: action,
    Resource: resource,
    Condition: condition,
  } = value as Readonly<Record<string, unknown>>;
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error(`no effect: ${String(effect)}`);
  const byOperator = Object.entries((condition ?? {}) as Readonly<Record<string, object>>);
  return {
    isAllow: effect === 'Allow',
    services: principal === '*' ? ['*'] : textsOf((principal as { Service?: unknown; AWS?: unknown }).Service),
    actions: textsOf(action),
    resources: textsOf(resource),
    conditions: byOperator.flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values: textsOf(values) })),
    ),
  };
}

/** Whether the policy lets the service do this: some statement allows it and none denies it. */
export function allowsService(document: string, request: ServiceRequest): boolean {
  const applying = (parseResourcePolicy(document) ?? []).filter((statement) => applies(statement, request));
  return applying.some(({ isAllow }) => isAllow) && applying.every(({ isAllow }) => isAllow);
}

function applies(statement: Statement, { service, action, resourceArn, context }: ServiceRequest): boolean {
  const { services, actions, resources, conditions } = statement;
  return (
    services.some((name) => name === '*' || name === service) &&
    actions.some((pattern) => matchesWildcards(action.toLowerCase(), pattern.toLowerCase())) &&
    resources.some((pattern) => matchesWildcards(resourceArn, pattern)) &&
    conditions.every(({ operator, key, values }) => {
      const actual = context[key];
      return actual !== undefined && values.some((wanted) => OPERATORS[operator]?.(actual, wanted));
    })
  );
}

function matchesWildcards(actual: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(actual);
}

const textsOf = (value: unknown): readonly string[] => (value === undefined ? [] : [value].flat().map(String));
