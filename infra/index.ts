import * as pulumi from '@pulumi/pulumi';
import { clusterArn, readAccount, readCluster } from './cluster-facts.ts';
import { readConfig } from './config.ts';
import { ControllerImage } from './controller-image.ts';
import { ControllerRole } from './controller-role.ts';
import { DiscoveryTags } from './discovery-tags.ts';
import { HandOver } from './gitops.ts';
import { InterruptionQueue } from './interruption-queue.ts';
import { NewCluster, readClusterSite } from './new-cluster.ts';
import { NodeAccess } from './node-access.ts';
import { NodeRole } from './node-role.ts';
import { execKubeconfig } from './plan/kubeconfig.ts';
import { clusterScopedName } from './plan/names.ts';
import { nextSteps as describeNextSteps, untriedParts } from './plan/next-steps.ts';
import { checkPreconditions } from './preconditions.ts';
import { SpotRole } from './spot-role.ts';
import { Teardown } from './teardown.ts';

// Everything that can be known to be wrong is found here, before the first resource is registered.
const config = readConfig();
const { tags } = config;
const owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
const account = await readAccount();
const attached = config.cluster.mode === 'attach' ? await readCluster(config, account) : undefined;
const site = attached === undefined ? await readClusterSite(config) : undefined;
const nodeAccess = await checkPreconditions({
  config,
  owner,
  authenticationMode: attached?.authenticationMode ?? 'API',
  issuerUrl: attached?.issuerUrl,
});

for (const part of untriedParts({ clusterMode: config.cluster.mode, imageMode: config.image.mode })) {
  void pulumi.log.warn(part);
}

const newCluster = site === undefined ? undefined : new NewCluster('cluster', { config, account, site });
const cluster = attached ?? newCluster?.cluster;
if (cluster === undefined) throw new Error('a cluster is either attached or made');
const kubeconfig = pulumi
  .output({
    endpoint: cluster.endpoint,
    certificateAuthorityBase64: cluster.certificateAuthorityBase64,
  })
  .apply((api) => execKubeconfig({ ...api, clusterName: config.cluster.name, region: account.region }));

const discovery = new DiscoveryTags('discovery', {
  clusterName: config.cluster.name,
  wanted: config.discovery,
  subnets: cluster.subnets,
  securityGroup: cluster.securityGroup,
  owner,
});
const nodeRole = new NodeRole('node', { ...account, ...config.nodeRole, tags });
const windowsNodeRole = config.nodeAccess.windows
  ? new NodeRole('windows-node', {
      ...account,
      name: clusterScopedName('KarpenterWindowsNodeRole', config.cluster.name),
      instanceProfileName: clusterScopedName('KarpenterWindowsNodeInstanceProfile', config.cluster.name),
      tags,
    })
  : undefined;
const access =
  nodeAccess === 'none'
    ? undefined
    : new NodeAccess('node', {
        kind: nodeAccess,
        clusterName: cluster.name,
        kubeconfig,
        nodeRoleArn: nodeRole.arn,
        windowsNodeRoleArn: windowsNodeRole?.arn,
        tags,
      });
const spotRole = config.spot.serviceLinkedRole === 'create' ? new SpotRole('spot', { tags, owner }) : undefined;
const interruptions = config.interruption.enabled
  ? new InterruptionQueue('interruption', { ...config.interruption, clusterName: config.cluster.name, tags })
  : undefined;
const controllerRole = new ControllerRole('controller', {
  config,
  account,
  cluster,
  owner,
  nodeRoleArn: nodeRole.arn,
  instanceProfileArn: nodeRole.instanceProfileArn,
  windowsNodeRoleArn: windowsNodeRole?.arn,
  interruptionQueueArn: interruptions?.arn,
});
const { repositoryName, bundleFolder, baseImage, ref } = config.image;
const image =
  config.image.mode === 'build' && baseImage !== undefined
    ? new ControllerImage('controller', { repositoryName, bundleFolder, baseImage, tags })
    : undefined;
const imageRef = image?.ref ?? (ref === undefined ? undefined : pulumi.output(ref));

/** All that machines, and the controller that buys them, live on. */
const groundwork = [newCluster, discovery, nodeRole, windowsNodeRole, access, spotRole, interruptions, controllerRole];
const needs = groundwork.filter((component) => component !== undefined);
const handOver = new HandOver('hand-over', {
  config,
  kubeconfig,
  clusterArn: clusterArn(account, config.cluster.name),
  clusterEndpoint: cluster.endpoint,
  instanceProfileName: nodeRole.instanceProfileName,
  interruptionQueueName: interruptions?.queueName,
  controllerRoleArn: controllerRole.arn,
  imageRef,
  controllerNeeds: needs,
});
// Made last and so destroyed first, while everything that the drain of a node needs is still there.
new Teardown(
  'teardown',
  {
    kubeconfig,
    clusterName: config.cluster.name,
    region: account.region,
    gitops: { engine: config.gitops.engine, namespace: handOver.engineNamespace ?? '' },
    drainLimitSeconds: config.teardown.drainLimitSeconds,
  },
  { dependsOn: [...needs, handOver] },
);

export const clusterName = config.cluster.name;
export const nodeRoleArn = nodeRole.arn;
export const instanceProfileName = nodeRole.instanceProfileName;
/** For the `instanceProfile` of an AWSNodeTemplate whose nodes run Windows. */
export const windowsInstanceProfileName = windowsNodeRole?.instanceProfileName;
export const controllerRoleArn = controllerRole.arn;
export const oidcProviderArn = controllerRole.oidcProviderArn;
export const interruptionQueueName = interruptions?.queueName;
/** The controller's image, by digest. */
export const imageReference = imageRef;
export const settingsConfigMap = handOver.settingsConfigMap;
/** What is left to do by hand, as commands to paste. */
export const nextSteps = pulumi.output({ nodeRoleArn, controllerRoleArn, imageRef }).apply((known) =>
  describeNextSteps({
    ...known,
    clusterName,
    region: account.region,
    clusterMode: config.cluster.mode,
    nodeAccess,
    authenticationMode: cluster.authenticationMode,
    identity: config.controllerRole.identity,
    imageMode: config.image.mode,
    engine: config.gitops.engine,
    engineNamespace: handOver.engineNamespace,
    overlay: config.gitops.overlay,
    karpenterTag: config.discovery.karpenterTag,
  }),
);
