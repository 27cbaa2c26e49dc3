import type { AwsRequest } from './policy-evaluator.ts';
import type { RecordedRequest } from './request-recorder.ts';

/** What IAM knows of the account when it judges a request. */
export interface AccountView {
  readonly accountId: string;
  /** By id. */
  readonly instances: Readonly<Record<string, { readonly tags: Tags }>>;
  /** By name. */
  readonly launchTemplates: Readonly<Record<string, LaunchTemplateView>>;
  readonly roleArnOfProfile: (name: string) => string;
}

interface LaunchTemplateView {
  readonly id: string;
  readonly tags: Tags;
  readonly instanceProfile: string;
  /** Which tags its instances' network interfaces are born with. */
  readonly interfaceTags: Tags;
}

type Tags = Readonly<Record<string, string>>;
type Translate = (request: RecordedRequest, account: AccountView) => readonly AwsRequest[];

/**
 * The questions that IAM is asked for one call: for each action it implies, on each resource it touches, with the condition keys that
 * AWS sets (Service Authorization Reference). Throws on a call that is not known here: silence would be a wrong yes.
 */
export function iamRequests(request: RecordedRequest, account: AccountView): readonly AwsRequest[] {
  const name = `${request.service}:${request.action}`;
  const translate = name.startsWith('ec2:Describe') ? describing : CALLS[name];
  if (translate === undefined) throw new Error(`${name}: what IAM asks for it has to be written down here first`);
  return translate(request, account).map(({ context, ...rest }) => ({
    ...rest,
    context: { 'aws:RequestedRegion': request.region, ...context },
  }));
}

const describing: Translate = ({ action }) => [{ action: `ec2:${action}`, resource: '*', context: {} }];

const CALLS: Readonly<Record<string, Translate>> = {
  'ec2:CreateLaunchTemplate': (request, account) => {
    const resource = ec2Arn(request, account, 'launch-template/lt-new');
    return born(request.action, resource, tagsFor(request, 'launch-template'), request.action);
  },
  'ec2:CreateFleet': (request, account) => {
    const templates = textsAt(request, /^LaunchTemplateConfigs\.\d+\.LaunchTemplateSpecification\.LaunchTemplateName$/);
    return templates.flatMap((name) => fleetOf(request, account, required(account.launchTemplates, name)));
  },
  'ec2:TerminateInstances': (request, account) =>
    textsAt(request, /^InstanceId\.\d+$/).map((id) => ({
      action: 'ec2:TerminateInstances',
      resource: ec2Arn(request, account, `instance/${id}`),
      context: prefixed('aws:ResourceTag', required(account.instances, id).tags),
    })),
  'ssm:GetParameter': ({ region, parameters }) => [
    // Parameters that AWS publishes belong to no account.
    { action: 'ssm:GetParameter', resource: `arn:aws:ssm:${region}::parameter${parameters['Name']}`, context: {} },
  ],
  'eks:DescribeCluster': ({ region, parameters }, { accountId }) => [
    {
      action: 'eks:DescribeCluster',
      resource: `arn:aws:eks:${region}:${accountId}:cluster/${parameters['name']}`,
      context: {},
    },
  ],
  'eks:DescribeAccessEntry': ({ region, parameters: { clusterName, principalArn = '' } }, { accountId }) => {
    const [, , , , owner] = principalArn.split(':');
    const principal = `role/${owner}/${principalArn.slice(principalArn.lastIndexOf('/') + 1)}`;
    // Whether there is such an entry, and under which id, is known after the question only: EKS asks with a star.
    const resource = `arn:aws:eks:${region}:${accountId}:access-entry/${clusterName}/${principal}/*`;
    return [{ action: 'eks:DescribeAccessEntry', resource, context: {} }];
  },
  'iam:GetInstanceProfile': ({ parameters }, { accountId }) => [
    {
      action: 'iam:GetInstanceProfile',
      resource: `arn:aws:iam::${accountId}:instance-profile/${parameters['InstanceProfileName']}`,
      context: {},
    },
  ],
  'sts:AssumeRole': ({ parameters }) => [
    { action: 'sts:AssumeRole', resource: parameters['RoleArn'] ?? '', context: {} },
  ],
};

/** An instant fleet creates itself, and launches in the caller's name: both are asked about everything a launch touches. */
function fleetOf(request: RecordedRequest, account: AccountView, template: LaunchTemplateView): readonly AwsRequest[] {
  const arn = (resource: string): string => ec2Arn(request, account, resource);
  const fleetTags = tagsFor(request, 'fleet');
  const isSpot = request.parameters['TargetCapacitySpecification.DefaultTargetCapacityType'] === 'spot';
  const subnetIds = textsAt(request, /^LaunchTemplateConfigs\.\d+\.Overrides\.\d+\.SubnetId$/);
  const used = ['CreateFleet', 'RunInstances'].flatMap((action) => [
    ...[...new Set(subnetIds)].map((id) => using(action, arn(`subnet/${id}`), {})),
    using(action, arn('security-group/sg-1'), {}),
    // Of whoever owns them: no account stands in their names.
    using(action, `arn:aws:ec2:${request.region}::image/ami-1`, {}),
    using(action, `arn:aws:ec2:${request.region}::snapshot/snap-1`, {}),
    using(action, arn(`launch-template/${template.id}`), prefixed('aws:ResourceTag', template.tags)),
  ]);
  const launched = [
    ['instance/i-new', tagsFor(request, 'instance')],
    ['volume/vol-new', tagsFor(request, 'volume')],
    ['network-interface/eni-new', template.interfaceTags],
    // EC2 makes the spot request for the fleet, and with its tags.
    ...(isSpot ? ([['spot-instances-request/sir-new', fleetTags]] as const) : []),
  ] as const;
  return [
    ...used,
    ...born('CreateFleet', arn('fleet/fleet-new'), fleetTags, 'CreateFleet'),
    ...launched.flatMap(([resource, tags]) => born('RunInstances', arn(resource), tags, 'RunInstances')),
    {
      action: 'iam:PassRole',
      resource: account.roleArnOfProfile(template.instanceProfile),
      context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    },
  ];
}

function using(action: string, resource: string, context: AwsRequest['context']): AwsRequest {
  return { action: `ec2:${action}`, resource, context };
}

/** What is asked for a thing that a call makes: whether it may be made with these tags, and whether it may be tagged so. */
function born(action: string, resource: string, tags: Tags, createAction: string): readonly AwsRequest[] {
  const context = prefixed('aws:RequestTag', tags);
  const making = { action: `ec2:${action}`, resource, context };
  // Nobody asks about tagging what comes without tags.
  if (Object.keys(tags).length === 0) return [making];
  return [making, { action: 'ec2:CreateTags', resource, context: { ...context, 'ec2:CreateAction': createAction } }];
}

function ec2Arn({ region }: RecordedRequest, { accountId }: AccountView, resource: string): string {
  return `arn:aws:ec2:${region}:${accountId}:${resource}`;
}

/** The tags that a call gives to things of one type. */
function tagsFor({ parameters }: RecordedRequest, type: string): Tags {
  const tags: Record<string, string> = {};
  for (const [name, key] of Object.entries(parameters)) {
    const [, item, index] = /^(TagSpecification\.\d+)\.Tag\.(\d+)\.Key$/.exec(name) ?? [];
    if (item === undefined || parameters[`${item}.ResourceType`] !== type) continue;
    tags[key] = parameters[`${item}.Tag.${index}.Value`] ?? '';
  }
  return tags;
}

function textsAt({ parameters }: RecordedRequest, name: RegExp): readonly string[] {
  return Object.entries(parameters).flatMap(([key, value]) => (name.test(key) ? [value] : []));
}

function prefixed(prefix: string, tags: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}

function required<T>(values: Readonly<Record<string, T>>, key: string): T {
  const value = values[key];
  if (value === undefined) throw new Error(`the account has no ${key}`);
  return value;
}
