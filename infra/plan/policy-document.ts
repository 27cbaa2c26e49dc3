/** The part of IAM's policy language that we write. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Readonly<Record<string, string>> | '*';
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: PolicyCondition;
}

export type PolicyCondition = Readonly<
  Partial<
    Record<'StringEquals' | 'StringLike' | 'ArnEquals' | 'Bool', Readonly<Record<string, string | readonly string[]>>>
  >
>;

/** IAM's limit for a managed policy; white space does not count, and we write none. */
export const MANAGED_POLICY_LENGTH_MAX = 6144;

/** The document as IAM gets it. Throws when it is longer than a managed policy may be. */
export function renderManagedPolicy(document: PolicyDocument): string {
  const text = JSON.stringify(document);
  if (text.length > MANAGED_POLICY_LENGTH_MAX) {
    throw new Error(
      `the policy has ${text.length} characters; IAM allows ${MANAGED_POLICY_LENGTH_MAX} in one managed policy`,
    );
  }
  return text;
}
