import { AwsError } from '../aws-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws MalformedPolicyDocument unless the text is a policy that says who may do what to which resource. */
export function checkPermissionPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    if (isGiven(statement, 'Principal') || isGiven(statement, 'NotPrincipal')) {
      throw malformed('Policy document should not specify a principal.');
    }
    if (!isGiven(statement, 'Resource') && !isGiven(statement, 'NotResource')) {
      throw malformed('Policy statement must contain resources.');
    }
  }
}

/** Throws MalformedPolicyDocument unless the text is a policy that says who may assume a role. */
export function checkTrustPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    if (isGiven(statement, 'Resource') || isGiven(statement, 'NotResource')) {
      throw malformed('Has prohibited field Resource');
    }
    if (!isGiven(statement, 'Principal')) throw malformed('Missing required field Principal');
  }
}

/** The statements of a document, each with an effect and actions. */
function statementsOf(document: string): readonly Fields[] {
  const { Version: version, Statement: statement } = parseFields(document);
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformed(`The policy must contain a valid version string`);
  }
  const statements = [statement].flat().filter(isFields);
  if (statements.length === 0) throw malformed('Syntax errors in policy.');
  for (const each of statements) {
    const hasEffect = each.Effect === 'Allow' || each.Effect === 'Deny';
    if (!hasEffect) throw malformed(`Invalid effect: ${String(each.Effect)}`);
    if (!isGiven(each, 'Action') && !isGiven(each, 'NotAction')) {
      throw malformed('Policy statement must contain actions.');
    }
  }
  return statements;
}

function parseFields(document: string): Fields {
  try {
    const value: unknown = JSON.parse(document);
    if (isFields(value)) return value;
  } catch {
    // No JSON at all: IAM answers as to any other text that is no policy.
  }
  throw malformed('This policy contains invalid Json');
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text, a list of at least one, or an object. */
function isGiven(statement: Fields, key: string): boolean {
  const value = statement[key];
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}
