// Program `pulumi-resource-aws`: a stand-in for Pulumi's AWS provider, which no package registry serves.
//
// What it proves: that the engine, the program and an AWS implementation agree. Each resource is made in the sandbox, from which the
// controller buys, and what moto can do is made in moto as well; both must tell the same of it.
// What it cannot prove is said in ../unproven.ts. Checks, defaults and what replaces are copied by hand from the provider's documentation.
import { serveResourceProvider } from '../plugin/resource-provider.ts';
import { optionalText } from '../plugin/resource-type.ts';
import { TAG } from './ec2.ts';
import { LIFECYCLE_POLICY, REPOSITORY } from './ecr.ts';
import { ACCESS_ENTRY, POD_IDENTITY_ASSOCIATION } from './eks.ts';
import { EVENT_RULE, EVENT_TARGET } from './event-rules.ts';
import { OPEN_ID_CONNECT_PROVIDER, POLICY } from './iam-policies.ts';
import { INSTANCE_PROFILE, ROLE, ROLE_POLICY_ATTACHMENT, SERVICE_LINKED_ROLE } from './iam-roles.ts';
import { INVOKES } from './invokes.ts';
import { mirrored, sandboxOnly } from './mirrored.ts';
import { CLUSTER, NODE_GROUP } from './new-cluster.ts';
import { QUEUE, QUEUE_POLICY } from './sqs.ts';
import { type IdMap, openWorld } from './world.ts';

const GENERATED = ['uniqueId', 'createDate'];

await serveResourceProvider({
  version: '7.48.0',
  configuration: ['region', 'skipCredentialsValidation', 'skipRegionValidation'],
  open: (configuration) => {
    const region = optionalText(configuration, 'region') ?? environment('AWS_REGION');
    const motoIds = JSON.parse(environment('MOTO_IDS')) as IdMap;
    return {
      sandbox: openWorld(environment('AWS_ENDPOINT_URL'), region, {}),
      moto: openWorld(environment('MOTO_ENDPOINT_URL'), region, motoIds),
    };
  },
  types: {
    'aws:cloudwatch/eventRule:EventRule': mirrored(EVENT_RULE),
    'aws:cloudwatch/eventTarget:EventTarget': mirrored(EVENT_TARGET),
    'aws:ec2/tag:Tag': mirrored(TAG),
    // The sandbox does not say whose registry it is.
    'aws:ecr/lifecyclePolicy:LifecyclePolicy': mirrored(LIFECYCLE_POLICY, ['registryId']),
    'aws:ecr/repository:Repository': mirrored(REPOSITORY),
    'aws:eks/accessEntry:AccessEntry': sandboxOnly(ACCESS_ENTRY),
    'aws:eks/cluster:Cluster': sandboxOnly(CLUSTER),
    'aws:eks/nodeGroup:NodeGroup': sandboxOnly(NODE_GROUP),
    'aws:eks/podIdentityAssociation:PodIdentityAssociation': sandboxOnly(POD_IDENTITY_ASSOCIATION),
    'aws:iam/instanceProfile:InstanceProfile': mirrored(INSTANCE_PROFILE, GENERATED),
    // Real IAM finds the thumbprint itself; neither of the two does.
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider': mirrored(OPEN_ID_CONNECT_PROVIDER, ['thumbprintLists']),
    'aws:iam/policy:Policy': mirrored(POLICY, ['policyId']),
    'aws:iam/role:Role': mirrored(ROLE, GENERATED),
    'aws:iam/rolePolicyAttachment:RolePolicyAttachment': mirrored(ROLE_POLICY_ATTACHMENT),
    // moto gives such roles names that are not AWS's.
    'aws:iam/serviceLinkedRole:ServiceLinkedRole': sandboxOnly(SERVICE_LINKED_ROLE),
    'aws:sqs/queue:Queue': mirrored(QUEUE, ['url']),
    'aws:sqs/queuePolicy:QueuePolicy': mirrored(QUEUE_POLICY),
  },
  invokes: INVOKES,
});

function environment(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set`);
  return value;
}
