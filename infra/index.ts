import * as pulumi from '@pulumi/pulumi';
import { readClusterFacts } from './cluster-facts.ts';
import { readConfig } from './config.ts';
import { ControllerRole } from './controller-role.ts';
import { DiscoveryTags } from './discovery-tags.ts';
import { HandOver } from './gitops.ts';
import { InterruptionQueue } from './interruption-queue.ts';
import { chooseNodeAccess, NodeAccessEntry } from './node-access.ts';
import { NodeRole } from './node-role.ts';
import { nextSteps as describeNextSteps } from './plan/next-steps.ts';

const config = readConfig();
const facts = await readClusterFacts(config);
const nodeAccess = chooseNodeAccess(config, facts);

new DiscoveryTags('discovery', {
  clusterName: config.cluster.name,
  wanted: config.discovery,
  subnets: facts.subnets,
  securityGroup: facts.securityGroup,
  owner: `${pulumi.getProject()}/${pulumi.getStack()}`,
});
const nodeRole = new NodeRole('node', { ...config.nodeRole, ...facts, name: config.nodeRole.name, tags: config.tags });
if (nodeAccess === 'accessEntry') {
  new NodeAccessEntry('node', { clusterName: config.cluster.name, nodeRoleArn: nodeRole.arn, tags: config.tags });
}
const interruptions = config.interruption.enabled
  ? new InterruptionQueue('interruption', {
      ...config.interruption,
      clusterName: config.cluster.name,
      tags: config.tags,
    })
  : undefined;
const controllerRole = new ControllerRole('controller', {
  config,
  facts,
  nodeRoleArn: nodeRole.arn,
  interruptionQueueArn: interruptions?.arn,
});
const handOver = new HandOver('hand-over', {
  config,
  facts,
  instanceProfileName: nodeRole.instanceProfileName,
  interruptionQueueName: interruptions?.queueName,
});

export const clusterName = config.cluster.name;
export const nodeRoleArn = nodeRole.arn;
export const instanceProfileName = nodeRole.instanceProfileName;
export const controllerRoleArn = controllerRole.arn;
export const oidcProviderArn = controllerRole.oidcProviderArn;
export const interruptionQueueName = interruptions?.queueName;
export const settingsConfigMap = handOver.settingsConfigMap;
/** What is left to do by hand, as commands to paste. */
export const nextSteps = pulumi.all([nodeRoleArn, controllerRoleArn]).apply(([nodeArn, controllerArn]) =>
  describeNextSteps({
    clusterName,
    region: facts.region,
    nodeAccess,
    authenticationMode: facts.authenticationMode,
    nodeRoleArn: nodeArn,
    controllerRoleArn: controllerArn,
  }),
);
