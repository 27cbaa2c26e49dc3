import { DescribeAccessEntryCommand, DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import { GetInstanceProfileCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { Clock } from '../ports/clock.ts';
import type { NodeAccess, NodeTemplate } from '../ports/cloud.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { isNotFound, toOperationError } from './errors.ts';
import type { Templates } from './template-resolution.ts';

/** A template's Machines wait together: one question a minute for all of them. */
const KNOWN_FOR_MS = 60_000;

type Role = Extract<NodeAccess, { kind: 'role' }>;

/** Asks IAM for the role of a template's instance profile, and EKS whether it knows that role: see `CloudPort.nodeAccess`. */
export function createNodeAccess(options: {
  readonly iam: IAMClient;
  readonly eks: EKSClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly resolve: Templates['resolve'];
  readonly clusterName: () => string;
}): (template: NodeTemplate) => Promise<NodeAccess> {
  const { iam, eks, clock, resolve, clusterName } = options;
  const known = createCachedAnswers<NodeAccess>(clock, KNOWN_FOR_MS);

  async function ask(instanceProfile: string): Promise<NodeAccess> {
    const profile = await rolesOf(iam, instanceProfile);
    if (profile === undefined) return { kind: 'no-profile', instanceProfile };
    const [roleArn] = profile;
    if (roleArn === undefined) return { kind: 'no-role', instanceProfile };
    const authenticationMode = await authenticationModeOf(eks, clusterName());
    const accessEntryType =
      authenticationMode === 'CONFIG_MAP' ? undefined : await accessEntryTypeOf(eks, clusterName(), roleArn);
    return { kind: 'role', roleArn, authenticationMode, accessEntryType };
  }

  return async (template) => {
    const { instanceProfile } = await resolve(template);
    return known.get(instanceProfile, () => ask(instanceProfile));
  };
}

/** ARNs of the roles in a profile, of which IAM allows one; undefined when there is no such profile. */
async function rolesOf(iam: IAMClient, instanceProfile: string): Promise<readonly string[] | undefined> {
  try {
    const answer = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: instanceProfile }));
    return (answer.InstanceProfile?.Roles ?? []).flatMap(({ Arn }) => Arn ?? []);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw toOperationError(error, `GetInstanceProfile ${instanceProfile}`);
  }
}

/** A cluster that says nothing is older than the question: it knows the ConfigMap only. */
async function authenticationModeOf(eks: EKSClient, name: string): Promise<Role['authenticationMode']> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    return cluster?.accessConfig?.authenticationMode ?? 'CONFIG_MAP';
  } catch (error) {
    throw toOperationError(error, `DescribeCluster ${name}`);
  }
}

async function accessEntryTypeOf(
  eks: EKSClient,
  clusterName: string,
  principalArn: string,
): Promise<string | undefined> {
  try {
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));
    return accessEntry?.type;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw toOperationError(error, `DescribeAccessEntry ${principalArn}`);
  }
}
