import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { guardEffects } from './effect-guard.ts';
import { unexpectedAnswer } from './errors.ts';

/** Where and as whom we talk to AWS. `AWS_ENDPOINT_URL` and the credential chain (IRSA, pod identity, environment) are the SDK's. */
export interface AwsClientOptions {
  readonly region: string;
  /** Instead of the public endpoints; for tests. */
  readonly endpoint?: string;
  /** Instead of the SDK's own chain; for tests. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A role to act as, with how long one grant lasts. */
  readonly assumeRole?: { readonly arn: string; readonly durationMs: number };
  /** Called just before anything is changed in AWS; throws to prevent it. */
  readonly beforeEffect?: () => void;
}

export interface AwsClients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly eks: EKSClient;
  readonly iam: IAMClient;
  /** Closes idle connections. */
  close(): void;
}

/** Three tries, a few hundred ms apart: a longer wait is the loop's own back-off, which sees newer facts. */
const ATTEMPTS_MAX = 3;
const CONNECTION_TIMEOUT_MS = 3_000;
/** CreateFleet over 60 types answers in seconds when EC2 is busy; nothing we ask takes longer than this and succeeds. */
const REQUEST_TIMEOUT_MS = 30_000;
const USER_AGENT = 'karpenter-gitops';
const ROLE_SESSION_NAME = 'karpenter-gitops';

/** Clients of one region that share limits, user agent and identity. */
export function createAwsClients(options: AwsClientOptions): AwsClients {
  const base = {
    region: options.region,
    maxAttempts: ATTEMPTS_MAX,
    retryMode: 'standard',
    customUserAgent: USER_AGENT,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  };
  const config =
    options.assumeRole === undefined
      ? base
      : { ...base, credentials: assumedRole(new STSClient(base), options.assumeRole) };
  const ec2 = new EC2Client(config);
  if (options.beforeEffect !== undefined) guardEffects(ec2, options.beforeEffect);
  const ssm = new SSMClient(config);
  const eks = new EKSClient(config);
  const iam = new IAMClient(config);
  return {
    ec2,
    ssm,
    eks,
    iam,
    close: () => [ec2, ssm, eks, iam].forEach((client) => client.destroy()),
  };
}

/** Credentials of a role; the SDK keeps them until shortly before they expire. */
function assumedRole(sts: STSClient, role: NonNullable<AwsClientOptions['assumeRole']>) {
  return async () => {
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role.arn,
        RoleSessionName: ROLE_SESSION_NAME,
        DurationSeconds: Math.round(role.durationMs / 1_000),
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw unexpectedAnswer(`AssumeRole ${role.arn}: the answer holds no credentials`);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
}

/** The region that the environment names; undefined when it names none. EKS sets it in pods that may act as a role. */
export function regionOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}
