/**
 * As much of IAM's evaluation as our policies use, written from its documentation and sharing nothing with what renders them:
 * allowed when one Allow statement matches principal, action, resource and every condition, and no Deny statement does.
 */
export interface AwsRequest {
  /** As `ec2:RunInstances`; on each resource that the call touches AWS asks anew. */
  readonly action: string;
  readonly resource: string;
  /** The service that asks; absent where the document is an identity's own and names no principal. */
  readonly service?: string;
  /** Condition keys as AWS would set them, as `aws:RequestTag/team`. */
  readonly context: Readonly<Record<string, string>>;
}

interface Document {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Principal?: Readonly<Record<string, string>> | string;
    readonly Action: readonly string[];
    readonly Resource?: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>> | undefined>>;
  }[];
}

/** Whether the document allows the request. Throws on a condition operator that it does not know: silence would be a wrong yes. */
export function isAllowed(document: Document, request: AwsRequest): boolean {
  const matching = document.Statement.filter(
    (statement) =>
      isOf(statement.Principal, request.service) &&
      statement.Action.some((action) => like(action, request.action)) &&
      (statement.Resource ?? []).some((resource) => like(resource, request.resource)) &&
      Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
        holds(operator, keys ?? {}, request.context),
      ),
  );
  return (
    matching.some((statement) => statement.Effect === 'Allow') &&
    !matching.some((statement) => statement.Effect === 'Deny')
  );
}

function isOf(principal: Readonly<Record<string, string>> | string | undefined, service: string | undefined): boolean {
  if (principal === undefined || principal === '*') return true;
  return typeof principal === 'object' && service !== undefined && principal.Service === service;
}

/** Bool compares the texts `true` and `false`; ArnEquals may hold wildcards, as ArnLike may. */
const OPERATORS: Readonly<Record<string, (wanted: string, actual: string) => boolean>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringLike: like,
  ArnEquals: like,
  Bool: (wanted, actual) => wanted === actual,
};

/** Every key must be there, and match one of its values. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Readonly<Record<string, string>>,
): boolean {
  const compare = OPERATORS[operator];
  if (compare === undefined) throw new Error(`unknown condition operator ${operator}`);
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = context[key];
    if (actual === undefined) return false;
    return [wanted].flat().some((value) => compare(value, actual));
  });
}

function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
