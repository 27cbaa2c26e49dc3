import type { PolicyDocument, PolicyStatement } from './policy-document.ts';

/** A resource as the program has registered it. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What every stack must hold, whatever its configuration: returns what does not, one sentence each. */
export function stackProblems(
  resources: readonly RegisteredResource[],
  options: { readonly nodeAccess: 'accessEntry' | 'awsAuth' | 'none' },
): readonly string[] {
  return [
    ...resources.flatMap((resource) =>
      (CHECKS[resource.type] ?? []).flatMap((check) =>
        check(resource.inputs).map((what) => `${resource.name}: ${what}`),
      ),
    ),
    ...accessProblems(resources, options.nodeAccess),
  ];
}

type Check = (inputs: Readonly<Record<string, unknown>>) => readonly string[];

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  'aws:iam/policy:Policy': [({ policy }) => allowed(policy).flatMap(wideGrants)],
  'aws:iam/role:Role': [({ assumeRolePolicy }) => allowed(assumeRolePolicy).flatMap(looseTrusts)],
  'aws:sqs/queue:Queue': [
    (inputs) =>
      unless(inputs.sqsManagedSseEnabled === true || has(inputs.kmsMasterKeyId), 'the queue is not encrypted'),
  ],
  'aws:sqs/queuePolicy:QueuePolicy': [({ policy }) => allowed(policy).flatMap(openQueues)],
  'aws:ecr/repository:Repository': [
    (inputs) => unless(inputs.imageTagMutability === 'IMMUTABLE', 'tags of the repository can move'),
    (inputs) => unless(has(inputs.encryptionConfigurations), 'the repository is not encrypted'),
  ],
  'docker-build:index:Image': [
    ({ buildArgs }) => unless(DIGEST.test(String(fields(buildArgs).BASE_IMAGE_DIGEST)), 'the base image has no digest'),
  ],
  'kubernetes:argoproj.io/v1alpha1:Application': [
    ({ spec }) => unpinned(fields(fields(fields(spec).source).kustomize).images),
  ],
  'kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization': [({ spec }) => unpinned(fields(spec).images)],
};

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What EC2 can tell owners apart by, for these actions: the tags of the request or of the resource. */
const TAG_SCOPED = /^ec2:(Create|Delete|Terminate|Run|Start|Stop|Modify|Attach|Detach)/;
/** What an instance is launched from, and what others own: no tag of ours is on it. */
const INGREDIENTS = /:(image|snapshot|security-group|subnet)\/\*$/;

function wideGrants({ Sid, Action, Resource = [], Condition }: PolicyStatement): readonly string[] {
  const keys = Object.values(Condition ?? {}).flatMap((condition) => Object.keys(condition ?? {}));
  const isTagged = keys.some((key) => key.startsWith('aws:RequestTag/') || key.startsWith('aws:ResourceTag/'));
  const isWide = Resource.some((arn) => arn.endsWith('*') && !INGREDIENTS.test(arn));
  return [
    ...unless(!Action.some((action) => action.includes('*')), `${Sid} allows actions by a wildcard`),
    ...unless(
      !isWide || isTagged || !Action.some((action) => TAG_SCOPED.test(action)),
      `${Sid} changes what carries no tag of the cluster`,
    ),
    ...unless(
      !Resource.includes('*') || Action.every((action) => action.startsWith('ec2:Describe')),
      `${Sid} does more than read on every resource`,
    ),
    ...unless(!(Action.includes('iam:PassRole') && isWide), `${Sid} passes any role`),
  ];
}

/** IRSA must ask who the token is for as well as whose it is. */
function looseTrusts({ Sid, Action, Condition }: PolicyStatement): readonly string[] {
  if (!Action.includes('sts:AssumeRoleWithWebIdentity')) return [];
  const keys = Object.keys(Condition?.StringEquals ?? {});
  return ['aud', 'sub'].flatMap((claim) =>
    unless(
      keys.some((key) => key.endsWith(`:${claim}`)),
      `${Sid} trusts tokens of any ${claim}`,
    ),
  );
}

function openQueues({ Sid, Condition }: PolicyStatement): readonly string[] {
  return unless(has(Condition?.ArnEquals?.['aws:SourceArn']), `${Sid} lets anybody's rules send`);
}

function unpinned(images: unknown): readonly string[] {
  return (Array.isArray(images) ? images : []).flatMap((image: unknown) => {
    const digest = typeof image === 'string' ? image.split('@')[1] : fields(image).digest;
    return unless(DIGEST.test(String(digest)), 'the image has no digest');
  });
}

function accessProblems(resources: readonly RegisteredResource[], nodeAccess: string): readonly string[] {
  const types = resources.map(({ type }) => type);
  switch (nodeAccess) {
    case 'accessEntry':
      return unless(types.includes('aws:eks/accessEntry:AccessEntry'), 'nothing lets the nodes join');
    case 'awsAuth':
      return unless(types.includes('karpenter-cluster:index:AwsAuthMapping'), 'nothing lets the nodes join');
    default:
      return [];
  }
}

/** The statements of a policy that allow something. */
function allowed(document: unknown): readonly PolicyStatement[] {
  const { Statement } = JSON.parse(String(document)) as PolicyDocument;
  return Statement.filter(({ Effect }) => Effect === 'Allow');
}

const unless = (isFine: boolean, problem: string): readonly string[] => (isFine ? [] : [problem]);
const has = (value: unknown): boolean => value !== undefined && value !== '';
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
