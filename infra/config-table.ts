import {
  type ConfigOption,
  clusterName,
  derivedName,
  flag,
  oneOf,
  optionalText,
  requiredText,
  text,
  texts,
  wholeNumber,
} from './config-option.ts';
import { repositoryName } from './plan/names.ts';
import { NODE_ACCESS_MODES } from './plan/node-access.ts';

const CLUSTER_NAME = { pattern: /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, meaning: 'the name of an EKS cluster' };
const CLUSTER_VERSION = { pattern: /^1\.\d{2}$/, meaning: 'a Kubernetes version, as 1.33' };
const IAM_NAME = { pattern: /^[\w+=,.@-]{1,64}$/, meaning: 'an IAM name of at most 64 characters' };
const IAM_LONG_NAME = { pattern: /^[\w+=,.@-]{1,128}$/, meaning: 'an IAM name of at most 128 characters' };
const QUEUE_NAME = { pattern: /^[\w-]{1,80}$/, meaning: 'the name of an SQS queue, of at most 80 characters' };
const SUBNET_ID = { pattern: /^subnet-[0-9a-f]+$/, meaning: 'a subnet id, as subnet-0abc' };
const SECURITY_GROUP_ID = { pattern: /^sg-[0-9a-f]+$/, meaning: 'a security group id, as sg-0abc' };
const OIDC_PROVIDER = {
  pattern: /^(create|arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/.+)$/,
  meaning: "'create' or the ARN of an IAM OIDC provider",
};
const REPOSITORY_NAME = {
  pattern: /^(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*$/,
  meaning: 'the name of an ECR repository: lower case, digits and single . _ - / between them',
};
/** A tag can move to other bytes, so a digest is what counts. */
const IMAGE = {
  pattern: /^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?@sha256:[0-9a-f]{64}$/,
  meaning: 'an image with its digest, as registry/name@sha256:<64 hex digits>',
};
/** A user name or token in it would end in the state, in previews and in the cluster. */
const REPOSITORY_URL = {
  pattern: /^(https?:\/\/[^\s@]+|ssh:\/\/[^\s]+)$/,
  meaning: 'the URL of a git repository: https:// without credentials, or ssh://',
};
const REVISION = { pattern: /^[\w][\w./-]*$/, meaning: 'a branch, a full reference as refs/tags/v1, or a commit' };
const FOLDER = { pattern: /^[^\s?#]*[^\s?#/]$/, meaning: 'a folder' };
const NAMESPACE = { pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, meaning: 'the name of a namespace' };

const SECRET_NAME = { pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, meaning: 'the name of a Secret' };

const DAY_SECONDS = 24 * 60 * 60;

/** `aws:` is reserved by AWS; the rest of its rules it reports itself. */
const TAG_KEY = {
  pattern: /^(?!aws:).{1,128}$/,
  meaning: 'a tag key of at most 128 characters that does not begin with aws:',
};

/** What this program writes into the settings itself: two sources for one value would be one too many. */
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

/**
 * Every option by section and key, but for `settings` and `tags`, which are maps. The configuration's type, its parser and
 * docs/reference/configuration.md are made from this table.
 */
export const CONFIG_TABLE = {
  cluster: {
    mode: oneOf(
      ['attach', 'create'],
      'attach',
      '`attach`: the cluster exists, and nothing of it is owned here. `create`: this stack makes it, with a small managed node group for the controller.',
    ),
    name: requiredText(CLUSTER_NAME, 'The cluster, in the account and region of the AWS provider.'),
    version: optionalText(
      CLUSTER_VERSION,
      'the newest that EKS offers',
      'Kubernetes of the cluster. For `create` alone.',
    ),
    subnetIds: texts(
      SUBNET_ID,
      'required for `create`',
      "Where the control plane and the controller's node group live: two or more, in two zones. For `create` alone.",
    ),
  },
  discovery: {
    clusterTag: flag(
      true,
      'Tag subnets and the security group with `kubernetes.io/cluster/<name>`, which `provider: {}` selects by.',
    ),
    karpenterTag: flag(false, 'Tag them with `karpenter.sh/discovery`.'),
    subnetIds: texts(SUBNET_ID, 'the private ones of the cluster', 'Where nodes may be launched.'),
    securityGroupId: optionalText(SECURITY_GROUP_ID, "the cluster's own", 'The security group of the nodes.'),
  },
  nodeRole: {
    name: clusterName(IAM_NAME, 'KarpenterNodeRole', 'The role that nodes run as.'),
    instanceProfileName: clusterName(
      IAM_LONG_NAME,
      'KarpenterNodeInstanceProfile',
      'The instance profile by which EC2 gives it to them.',
    ),
  },
  nodeAccess: {
    mode: oneOf(
      NODE_ACCESS_MODES,
      'auto',
      'How machines with the node role are let in. `accessEntry`: an EKS access entry. `awsAuth`: one mapping in the ConfigMap aws-auth. `auto`: the first where the cluster knows access entries, else the second. `none`: by hand.',
    ),
    windows: flag(
      false,
      'A second role and instance profile for Windows nodes, with an access entry of their own: EKS gives one principal one type of entry.',
    ),
  },
  controllerRole: {
    name: clusterName(IAM_NAME, 'KarpenterController', "The role of the controller's service account."),
    policyName: clusterName(IAM_LONG_NAME, 'KarpenterControllerPolicy', 'What that role may do.'),
    identity: oneOf(
      ['irsa', 'podIdentity'],
      'irsa',
      'How the service account gets its role. `irsa`: by an OIDC provider and an annotation. `podIdentity`: by an association, which needs the add-on eks-pod-identity-agent.',
    ),
    oidcProvider: text(
      OIDC_PROVIDER,
      'create',
      "The account's provider for the cluster's issuer. An account has at most one for each. For `irsa` alone.",
    ),
  },
  spot: {
    serviceLinkedRole: oneOf(
      ['create', 'existing'],
      'existing',
      'The role AWSServiceRoleForEC2Spot, without which no spot instance starts. An account has one; destroy removes it with the stack that made it, and AWS refuses while spot instances run.',
    ),
  },
  interruption: {
    enabled: flag(true, 'Hear of instances that will end: a queue, filled by five rules.'),
    queueName: clusterName(QUEUE_NAME, 'KarpenterInterruption', 'The queue.'),
  },
  image: {
    mode: oneOf(
      ['none', 'existing', 'build'],
      'none',
      "The controller's image. `existing`: `image.ref`. `build`: an ECR repository, and the image built from the bundle (`npm run bundle`) and pushed. `none`: not this program's business, which does only where `gitops.engine` is `none`.",
    ),
    ref: optionalText(IMAGE, 'required for `existing`', 'The image that the controller runs. For `existing` alone.'),
    baseImage: optionalText(
      IMAGE,
      'required for `build`',
      'What the image is built on: Node 24 for both architectures. For `build` alone.',
    ),
    bundleFolder: text(
      FOLDER,
      'dist',
      'Where `npm run bundle` has put the controller, from the repository. For `build` alone.',
    ),
    repositoryName: derivedName(
      REPOSITORY_NAME,
      repositoryName,
      '`karpenter-gitops/<cluster>`',
      'The ECR repository of `build`.',
    ),
  },
  gitops: {
    engine: oneOf(
      ['none', 'argocd', 'flux'],
      'none',
      'Who applies manifests/ from git. This program then writes the Argo CD Application, or the Flux GitRepository and Kustomizations; the engine itself must run in the cluster. `none`: `nextSteps` says what to apply. To change engines, destroy first: an engine that goes takes along what it has applied.',
    ),
    repositoryUrl: optionalText(
      REPOSITORY_URL,
      'required for an engine',
      'The git repository that holds manifests/. For an engine alone.',
    ),
    revision: text(REVISION, 'main', 'What to follow in it.'),
    secretName: optionalText(
      SECRET_NAME,
      'no credentials',
      'The Secret with git credentials beside the GitRepository. For `flux` alone: Argo CD keeps its own.',
    ),
    overlay: oneOf(['dev', 'prod'], 'dev', 'Which of manifests/overlays.'),
    namespace: optionalText(
      NAMESPACE,
      '`argocd` or `flux-system`',
      'Where the engine looks for the objects that this program writes.',
    ),
  },
  teardown: {
    drainLimitSeconds: wholeNumber(
      { min: 0, max: DAY_SECONDS },
      900,
      'How long destroy waits for nodes to drain before it ends what is left.',
    ),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ConfigOption<unknown>>>>>;

type ValueOf<O> = O extends ConfigOption<infer T> ? T : never;
type Table = typeof CONFIG_TABLE;

/** What the options of the table say. */
export type TableConfig = {
  readonly [S in keyof Table]: { readonly [K in keyof Table[S]]: ValueOf<Table[S][K]> };
};

/** A section that is one map from keys to texts. */
interface ConfigMapSection {
  /** What is wrong with a key, if anything. */
  readonly refusal: (key: string) => string | undefined;
  readonly accepts: string;
  readonly meaning: string;
}

export const CONFIG_MAPS = {
  settings: {
    refusal: (key) => {
      if (OWN_SETTINGS.includes(key)) return 'is written by this program';
      return OTHER_SETTINGS.includes(key) ? undefined : `is no setting; there are ${OTHER_SETTINGS.join(', ')}`;
    },
    accepts: OTHER_SETTINGS.map((key) => `\`${key}\``).join(', '),
    meaning: 'Settings of the controller beyond those that this program knows better.',
  },
  tags: {
    refusal: (key) => (TAG_KEY.pattern.test(key) ? undefined : `must be ${TAG_KEY.meaning}`),
    accepts: TAG_KEY.meaning,
    meaning: 'On every AWS resource of this stack that takes tags.',
  },
} as const satisfies Readonly<Record<string, ConfigMapSection>>;
