/** What IAM keeps for the account, as plain JSON. Changes go through the functions of this folder, which tell EC2 of them. */
export interface IamState {
  /** By name. */
  roles: Record<string, Role>;
  /** Customer managed policies by ARN. */
  policies: Record<string, Policy>;
  /** By name. */
  instanceProfiles: Record<string, InstanceProfile>;
  /** By ARN. */
  oidcProviders: Record<string, OidcProvider>;
  /** Role names, null where there is no role, by the name of each instance profile that EC2 knows of by now. */
  profilesSeenByEc2: Record<string, string | null>;
  /** How each removal of a service-linked role went, by task id. */
  deletionTasks: Record<string, { readonly failure?: string }>;
  /** How many unique ids have been given out. */
  idCount: number;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAtMs: number;
  /** JSON, as sent. */
  trustPolicy: string;
  description: string;
  sessionSecondsMax: number;
  /** In the order of attachment. */
  attachedPolicyArns: string[];
  tags: Record<string, string>;
}

export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly description: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  /** Oldest first. */
  versions: PolicyVersion[];
  defaultVersionId: string;
  /** How many versions there have ever been: numbers are not used twice. */
  versionCount: number;
  tags: Record<string, string>;
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  readonly id: string;
  /** JSON, as sent. */
  readonly document: string;
  readonly createdAtMs: number;
}

export interface InstanceProfile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAtMs: number;
  roleName?: string;
  tags: Record<string, string>;
}

export interface OidcProvider {
  readonly arn: string;
  /** Without `https://`, as IAM gives it back. */
  readonly url: string;
  clientIds: string[];
  thumbprints: string[];
  readonly createdAtMs: number;
  tags: Record<string, string>;
}
