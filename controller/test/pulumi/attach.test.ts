import { DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { DescribeRuleCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { DetachRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect } from '@jest/globals';
import { CLUSTER_NAME } from './accounts/test-account.ts';
import { describeLifeCycle } from './life-cycle.ts';
import { preparePulumi } from './pulumi-ground.ts';
import { UNPROVEN } from './unproven.ts';

const config = {
  cluster: { name: CLUSTER_NAME },
  discovery: { karpenterTag: true },
  settings: { batchIdleDuration: '2s' },
};
const NODE_ROLE = `KarpenterNodeRole-${CLUSTER_NAME}`;
const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const SPOT_RULE = `KarpenterSpotInterruption-${CLUSTER_NAME}`;
const SETTINGS = ['configmap', 'karpenter-global-settings', '--namespace=karpenter'];

// Said once for the whole suite, where its results are read.
process.stderr.write(`pulumi suite: ${UNPROVEN}\n`);

describeLifeCycle(preparePulumi(), {
  name: 'attached without engine',
  authenticationMode: 'API_AND_CONFIG_MAP',
  engine: 'none',
  config: () => config,
  wantAfterUp: async ({ account: { cloud }, controlPlane }) => {
    const tagged = cloud.state.subnets.filter(({ tags }) => `kubernetes.io/cluster/${CLUSTER_NAME}` in tags);
    expect(tagged.map(({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch)).toEqual([false, false, false]);
    expect(Object.values(cloud.state.accessEntries).map(({ type }) => type)).toEqual(['EC2_LINUX']);
    expect(JSON.parse(await controlPlane.kubectl('get', ...SETTINGS, '-o', 'jsonpath={.data}'))).toEqual({
      'aws.clusterEndpoint': controlPlane.server,
      'aws.clusterName': CLUSTER_NAME,
      'aws.defaultInstanceProfile': `KarpenterNodeInstanceProfile-${CLUSTER_NAME}`,
      'aws.interruptionQueueName': `KarpenterInterruption-${CLUSTER_NAME}`,
      batchIdleDuration: '2s',
    });
  },
  change: {
    config: () => ({ ...config, settings: { batchIdleDuration: '3s' } }),
    wantSteps: ['update kubernetes:core/v1:ConfigMap hand-over'],
  },
  drift: {
    make: async ({ account, controlPlane }) => {
      const [subnet] = account.cloud.state.subnets;
      await account.everywhere(async ({ iam, events, ec2, idHere }) => {
        await iam.send(new DetachRolePolicyCommand({ RoleName: NODE_ROLE, PolicyArn: CNI_POLICY }));
        const { EventPattern } = await events.send(new DescribeRuleCommand({ Name: SPOT_RULE }));
        await events.send(new PutRuleCommand({ Name: SPOT_RULE, EventPattern, State: 'DISABLED' }));
        const Tags = [{ Key: `kubernetes.io/cluster/${CLUSTER_NAME}` }];
        await ec2.send(new DeleteTagsCommand({ Resources: [idHere(subnet?.id ?? '')], Tags }));
      });
      const patch = JSON.stringify({ data: { batchIdleDuration: '9s' } });
      await controlPlane.kubectl('patch', ...SETTINGS, '--type=merge', '--patch', patch);
    },
    wantSeen: [
      'delete aws:ec2/tag:Tag discovery-subnet-0d65176eefcc5c94a-kubernetes.io/cluster/demo',
      'delete aws:iam/rolePolicyAttachment:RolePolicyAttachment node-AmazonEKS_CNI_Policy',
      'update aws:cloudwatch/eventRule:EventRule interruption-spot-interruption',
      'update kubernetes:core/v1:ConfigMap hand-over',
    ],
    wantSteps: [
      'create aws:ec2/tag:Tag discovery-subnet-0d65176eefcc5c94a-kubernetes.io/cluster/demo',
      'create aws:iam/rolePolicyAttachment:RolePolicyAttachment node-AmazonEKS_CNI_Policy',
      'update aws:cloudwatch/eventRule:EventRule interruption-spot-interruption',
      'update kubernetes:core/v1:ConfigMap hand-over',
    ],
  },
});
