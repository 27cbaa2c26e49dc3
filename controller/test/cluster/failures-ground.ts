import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { createObject } from './live-object.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const PODS = '/api/v1/namespaces/default/pods';
export const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';
const TEMPLATES = '/apis/karpenter.k8s.aws/v1alpha1/awsnodetemplates';
export const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
export const NODES = '/api/v1/nodes';

/** Until what is waited for comes: minutes on a machine that is busy, seconds on an idle one. */
const WAIT_MS_MAX = 200_000;

/** What stands in a real cluster that is at work, as failures are told from it. */
export interface Ground {
  readonly cluster: RealCluster;
  /** The objects of a collection, by its API path; none while its kind is not served. */
  list(path: string): Promise<readonly KubeObject[]>;
  /** Nodes that were bought. */
  boughtNodes(): Promise<readonly KubeObject[]>;
  /** Ids of the instances that cost money now, sorted. */
  livingInstances(): readonly string[];
  /** Resolves with the pods of an app (all, where none is named) once exactly so many of them run and are to stay. */
  untilRunning(count: number, app?: string): Promise<readonly KubeObject[]>;
  /** Resolves when neither bought Node nor Machine nor instance is left. */
  untilBare(): Promise<void>;
  scale(deployment: string, replicas: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a real cluster with the overlay `dev` in it and the production controller at work; its Provisioner is ready. */
export async function startGround(): Promise<Ground> {
  const cluster = await startRealCluster();
  try {
    await installByHand(cluster, 'dev');
    await cluster.startController();
    await cluster.controlPlane.kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'provisioner/default');
    return groundOf(cluster);
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function groundOf(cluster: RealCluster): Ground {
  const list = async (path: string) => {
    const { status, body } = await cluster.controlPlane.request('GET', path);
    if (status === 404) return [];
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(body.message)}`);
    return body.items as readonly KubeObject[];
  };
  const boughtNodes = () => list(`${NODES}?labelSelector=${PROVISIONER_NAME_LABEL}`);
  const livingInstances = () =>
    Object.values(cluster.model.state.instances)
      .filter(({ state }) => state === 'running' || state === 'pending')
      .map(({ id }) => id)
      .sort();
  const left = async () => ({
    nodes: (await boughtNodes()).map(({ metadata }) => metadata.name),
    machines: (await list(MACHINES)).map(({ metadata }) => metadata.name),
    instances: livingInstances(),
  });
  return {
    cluster,
    list,
    boughtNodes,
    livingInstances,
    untilRunning: async (count, app) => {
      const selected = app === undefined ? PODS : `${PODS}?labelSelector=app=${app}`;
      const areRunning = (pods: readonly KubeObject[]) => pods.filter(isRunning).length === count;
      return (await until(`${count} pods run`, () => list(selected), areRunning, WAIT_MS_MAX)).filter(isRunning);
    },
    untilBare: async () => {
      const isBare = ({ nodes, machines, instances }: Awaited<ReturnType<typeof left>>) =>
        nodes.length + machines.length + instances.length === 0;
      await until('nothing that was bought is left', left, isBare, WAIT_MS_MAX);
    },
    scale: async (deployment, replicas) => {
      const { status } = await cluster.controlPlane.request('PATCH', `${DEPLOYMENTS}/${deployment}/scale`, {
        spec: { replicas },
      });
      if (status !== 200) throw new Error(`scale ${deployment}: ${status}`);
    },
    close: cluster.close,
  };
}

function isRunning({ metadata, status }: KubeObject): boolean {
  return (status as { readonly phase?: string }).phase === 'Running' && metadata.deletionTimestamp === undefined;
}

/** Creates a Deployment of pods that each ask for one cpu, unless `podSpec` says otherwise. */
export async function createDeployment(
  { cluster }: Ground,
  name: string,
  replicas: number,
  podSpec: Readonly<Record<string, unknown>> = {},
  podAnnotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  const labels = { app: name };
  const image = 'public.ecr.aws/eks-distro/kubernetes/pause:3.2';
  const containers = [{ name: 'main', image, resources: { requests: { cpu: '1' } } }];
  await createObject(cluster.controlPlane, DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations: podAnnotations }, spec: { containers, ...podSpec } },
    },
  });
}

/** Creates a Provisioner with an inline provider that says nothing, unless `spec` says otherwise. */
export async function createProvisioner(
  { cluster }: Ground,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<void> {
  const provider = spec['providerRef'] === undefined ? { provider: {} } : {};
  await createObject(cluster.controlPlane, PROVISIONERS, {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name },
    spec: { ...provider, ...spec },
  });
}

/** Creates an AWSNodeTemplate that finds the subnets and security groups of the cluster, unless `spec` says otherwise. */
export async function createTemplate(
  { cluster }: Ground,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<void> {
  const ofCluster = { [`kubernetes.io/cluster/${cluster.clusterName}`]: '*' };
  await createObject(cluster.controlPlane, TEMPLATES, {
    apiVersion: 'karpenter.k8s.aws/v1alpha1',
    kind: 'AWSNodeTemplate',
    metadata: { name },
    spec: { subnetSelector: ofCluster, securityGroupSelector: ofCluster, ...spec },
  });
}

/** The name of the Node that a pod is bound to. */
export function nodeOf({ spec }: KubeObject): string | undefined {
  return (spec as { readonly nodeName?: string }).nodeName;
}
