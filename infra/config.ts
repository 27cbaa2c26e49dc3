import * as pulumi from '@pulumi/pulumi';
import { ConfigReader, type Problem } from './config-reader.ts';
import { clusterScopedName } from './plan/names.ts';
import { NODE_ACCESS_MODES, type NodeAccessMode } from './plan/node-access.ts';

/** Everything the program is told, checked and with its defaults. Frozen. */
export interface InfraConfig {
  readonly cluster: {
    /** `attach`: the cluster exists, and nothing of it is owned here. */
    readonly mode: 'attach';
    readonly name: string;
  };
  /** Tags by which the controller finds where to launch. */
  readonly discovery: {
    /** Tag with `kubernetes.io/cluster/<name>`, which `provider: {}` selects by. */
    readonly clusterTag: boolean;
    /** Tag with `karpenter.sh/discovery`. */
    readonly karpenterTag: boolean;
    /** Empty: the private ones of the cluster. */
    readonly subnetIds: readonly string[];
    /** Absent: the cluster's own. */
    readonly securityGroupId: string | undefined;
  };
  readonly nodeRole: { readonly name: string; readonly instanceProfileName: string };
  /** How machines that run as the node role are let into the cluster. */
  readonly nodeAccess: { readonly mode: NodeAccessMode };
  readonly controllerRole: {
    readonly name: string;
    readonly policyName: string;
    /** `create`, or the ARN of the one that the account has for the cluster's issuer. */
    readonly oidcProvider: string;
  };
  /** Hearing of instances that will end: a queue, filled by rules. */
  readonly interruption: { readonly enabled: boolean; readonly queueName: string };
  /** Keys of the settings ConfigMap beyond those that this program knows better. */
  readonly settings: Readonly<Record<string, string>>;
  /** On every AWS resource that takes tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the program writes into the settings itself: two sources for one value would be one too many. */
const OWN_SETTINGS = [
  'aws.clusterName',
  'aws.clusterEndpoint',
  'aws.defaultInstanceProfile',
  'aws.interruptionQueueName',
];
const OTHER_SETTINGS = [
  'batchMaxDuration',
  'batchIdleDuration',
  'featureGates.driftEnabled',
  'aws.clusterCABundle',
  'aws.enablePodENI',
  'aws.enableENILimitedPodDensity',
  'aws.isolatedVPC',
  'aws.vmMemoryOverheadPercent',
  'aws.tags',
  'aws.reservedENIs',
  'aws.assumeRoleARN',
  'aws.assumeRoleDuration',
];

const SECTIONS = [
  'cluster',
  'discovery',
  'nodeRole',
  'nodeAccess',
  'controllerRole',
  'interruption',
  'settings',
  'tags',
];
const CLUSTER_NAME = { pattern: /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, meaning: 'the name of an EKS cluster' };
const IAM_NAME = { pattern: /^[\w+=,.@-]{1,64}$/, meaning: 'an IAM name of at most 64 characters' };
const IAM_LONG_NAME = { pattern: /^[\w+=,.@-]{1,128}$/, meaning: 'an IAM name of at most 128 characters' };
const QUEUE_NAME = { pattern: /^[\w-]{1,80}$/, meaning: 'the name of an SQS queue, of at most 80 characters' };
const SUBNET_ID = { pattern: /^subnet-[0-9a-f]+$/, meaning: 'a subnet id, as subnet-0abc' };
const SECURITY_GROUP_ID = { pattern: /^sg-[0-9a-f]+$/, meaning: 'a security group id, as sg-0abc' };
const OIDC_PROVIDER = {
  pattern: /^(create|arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/.+)$/,
  meaning: "'create' or the ARN of an IAM OIDC provider",
};
/** `aws:` is reserved by AWS; the rest of its rules it reports itself. */
const TAG_KEY = {
  pattern: /^(?!aws:).{1,128}$/,
  meaning: 'a tag key of at most 128 characters that does not begin with aws:',
};

/** The stack's configuration. Throws one error that lists every problem with its path, before any resource is registered. */
export function readConfig(): InfraConfig {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const parsed = parseConfig(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
  if ('config' in parsed) return parsed.config;
  const lines = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`);
  throw new pulumi.RunError(`the configuration of stack ${pulumi.getStack()} is wrong:\n${lines.join('\n')}`);
}

/** The same from the stack's values as Pulumi hands them over: one JSON text per section. */
export function parseConfig(
  values: Readonly<Record<string, string>>,
): { readonly config: InfraConfig } | { readonly problems: readonly Problem[] } {
  const reader = new ConfigReader(values, SECTIONS);
  const clusterName = reader.text('cluster', 'name', CLUSTER_NAME, undefined);
  const named = (prefix: string) => (clusterName === '' ? '' : clusterScopedName(prefix, clusterName));

  const config: InfraConfig = {
    cluster: { mode: reader.oneOf('cluster', 'mode', ['attach'], 'attach'), name: clusterName },
    discovery: {
      clusterTag: reader.flag('discovery', 'clusterTag', true),
      karpenterTag: reader.flag('discovery', 'karpenterTag', false),
      subnetIds: reader.texts('discovery', 'subnetIds', SUBNET_ID),
      securityGroupId: reader.optionalText('discovery', 'securityGroupId', SECURITY_GROUP_ID),
    },
    nodeRole: {
      name: reader.text('nodeRole', 'name', IAM_NAME, named('KarpenterNodeRole')),
      instanceProfileName: reader.text(
        'nodeRole',
        'instanceProfileName',
        IAM_LONG_NAME,
        named('KarpenterNodeInstanceProfile'),
      ),
    },
    nodeAccess: { mode: reader.oneOf('nodeAccess', 'mode', NODE_ACCESS_MODES, 'auto') },
    controllerRole: {
      name: reader.text('controllerRole', 'name', IAM_NAME, named('KarpenterController')),
      policyName: reader.text('controllerRole', 'policyName', IAM_LONG_NAME, named('KarpenterControllerPolicy')),
      oidcProvider: reader.text('controllerRole', 'oidcProvider', OIDC_PROVIDER, 'create'),
    },
    interruption: {
      enabled: reader.flag('interruption', 'enabled', true),
      queueName: reader.text('interruption', 'queueName', QUEUE_NAME, named('KarpenterInterruption')),
    },
    settings: reader.map('settings', (key) => {
      if (OWN_SETTINGS.includes(key)) return 'is written by this program';
      return OTHER_SETTINGS.includes(key) ? undefined : `is no setting; there are ${OTHER_SETTINGS.join(', ')}`;
    }),
    tags: reader.map('tags', (key) => (TAG_KEY.pattern.test(key) ? undefined : `must be ${TAG_KEY.meaning}`)),
  };
  const problems = reader.problems();
  return problems.length > 0 ? { problems } : { config: deepFreeze(config) };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
