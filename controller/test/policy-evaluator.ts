/**
 * As much of IAM's evaluation as our policies use, written from its documentation and sharing nothing with what renders them:
 * allowed when one Allow statement matches action, resource and every condition; there are no Deny statements to look at.
 */
export interface AwsRequest {
  /** As `ec2:RunInstances`; on each resource that the call touches AWS asks anew. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys as AWS would set them, as `aws:RequestTag/team`. */
  readonly context: Readonly<Record<string, string>>;
}

interface Document {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: readonly string[];
    readonly Resource?: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>> | undefined>>;
  }[];
}

/** Whether the document allows the request. Throws on a condition operator that it does not know: silence would be a wrong yes. */
export function isAllowed(document: Document, request: AwsRequest): boolean {
  return document.Statement.some(
    (statement) =>
      statement.Effect === 'Allow' &&
      statement.Action.some((action) => like(action, request.action)) &&
      (statement.Resource ?? []).some((resource) => like(resource, request.resource)) &&
      Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
        holds(operator, keys ?? {}, request.context),
      ),
  );
}

/** Every key must be there, and match one of its values. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Readonly<Record<string, string>>,
): boolean {
  if (operator !== 'StringEquals' && operator !== 'StringLike')
    throw new Error(`unknown condition operator ${operator}`);
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = context[key];
    if (actual === undefined) return false;
    return [wanted].flat().some((value) => (operator === 'StringEquals' ? value === actual : like(value, actual)));
  });
}

function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
