import type { KubeObject } from '../../src/api/meta.ts';
import type { StatusCondition } from '../../src/api/provisioner.gen.ts';
import type { ControlPlane } from './control-plane.ts';
import type { RealCluster } from './real-cluster.ts';

const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
/** Longer ago than a node may be on its way before its Machine is looked into. */
const LONG_AGO_MS = 10 * 60_000;

/** A template whose subnets and group are the cluster's own. */
export function template(name: string, more: Readonly<Record<string, unknown>>): KubeObject {
  const selector = { 'karpenter.sh/discovery': 'demo' };
  return {
    apiVersion: 'karpenter.k8s.aws/v1alpha1',
    kind: 'AWSNodeTemplate',
    metadata: { name },
    spec: { subnetSelector: selector, securityGroupSelector: selector, ...more },
  };
}

/** A Provisioner for pods that tolerate a taint of its name, and of a template of its name. */
export function taintedProvisioner(name: string): KubeObject {
  return { ...provisionerOf(name), spec: { providerRef: { name }, taints: [{ key: name, effect: 'NoSchedule' }] } };
}

/** A Provisioner for any pod, with a template of its name. */
export function provisionerOf(name: string): KubeObject {
  const spec = { providerRef: { name } };
  return { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Provisioner', metadata: { name }, spec };
}

/** A pod that goes to nodes of the tainted Provisioner alone. */
export function strayPod(provisionerName: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'stray' },
    spec: {
      nodeSelector: { 'karpenter.sh/provisioner-name': provisionerName },
      tolerations: [{ key: provisionerName, operator: 'Exists' }],
      containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '1' } } }],
    },
  };
}

/** Lets instances with the cluster's node role in. */
export function awsAuth({ clusterName, model }: Pick<RealCluster, 'clusterName' | 'model'>): KubeObject {
  const entry = {
    rolearn: `arn:aws:iam::${model.state.accountId}:role/KarpenterNodeRole-${clusterName}`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:bootstrappers', 'system:nodes'],
  };
  // JSON is YAML too.
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'aws-auth' },
    data: { mapRoles: JSON.stringify([entry]) },
  };
}

/** Has the Machine say that it was launched minutes ago. Whether that was taken is for the caller to see: its controller writes there too. */
export async function launchedLongAgo({ request }: Pick<ControlPlane, 'request'>, machine: KubeObject): Promise<void> {
  const { conditions = [] } = machine.status as { conditions?: readonly StatusCondition[] };
  const lastTransitionTime = new Date(Date.now() - LONG_AGO_MS).toISOString();
  const backdated = conditions.map((condition) =>
    condition.type === 'MachineLaunched' ? { ...condition, lastTransitionTime } : condition,
  );
  const { name, resourceVersion } = machine.metadata;
  await request('PATCH', `${MACHINES}/${name}/status`, {
    metadata: { resourceVersion },
    status: { conditions: backdated },
  });
}
