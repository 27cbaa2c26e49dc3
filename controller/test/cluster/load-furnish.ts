import type { KubeObject } from '../../src/api/meta.ts';
import {
  boughtMetadata,
  LOAD_PROVISIONER,
  machineOf,
  machineStatus,
  nodeOf,
  runningInstance,
  tagAsBought,
} from '../sandbox/load-nodes.ts';
import { loadPod } from '../sandbox/load-pods.ts';
import { liveNode } from './live-node.ts';
import { createObject, patchObject, readObject } from './live-object.ts';
import type { RealCluster } from './real-cluster.ts';

/** Requests under way at a time: the API server is on the same two cores. */
const REQUESTS_MAX = 8;
const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';

export interface Load {
  readonly nodes: number;
  readonly pods: number;
  /** One node in so many is of a managed group; the others were bought. */
  readonly managedEvery: number;
}

/** Does it for each number below `count`, a few at a time. */
async function forEach(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  const indices = Array.from({ length: count }, (_, index) => index).values();
  const work = async () => {
    for (const index of indices) await act(index);
  };
  await Promise.all(Array.from({ length: REQUESTS_MAX }, work));
}

/**
 * Brings nodes as if the Provisioner had bought them days ago, with Machines and instances, those of a managed group beside them, and pods
 * bound to all in turn. kwok plays the kubelets. The Provisioner must be there, and no controller yet.
 */
export async function furnishLoad(cluster: RealCluster, { nodes, pods, managedEvery }: Load): Promise<void> {
  const { controlPlane } = cluster;
  const provisioner = await readObject(controlPlane, `${PROVISIONERS}/${LOAD_PROVISIONER.metadata.name}`);
  const system = await readObject(controlPlane, '/api/v1/namespaces/kube-system');
  const uids = { provisioner: provisioner?.metadata.uid ?? '', cluster: system?.metadata.uid ?? '' };
  const nodeNames: string[] = [];
  await forEach(nodes, async (index) => {
    nodeNames[index] =
      index % managedEvery === 0 ? await addManaged(cluster, index) : await addBought(cluster, index, uids);
  });
  await forEach(pods, (index) => {
    const nodeName = nodeNames[index % nodes] ?? '';
    return createObject(controlPlane, '/api/v1/namespaces/default/pods', loadPod(index, { nodeName }));
  });
}

async function addManaged({ controlPlane, model }: RealCluster, index: number): Promise<string> {
  const node = nodeOf(model, runningInstance(model, index));
  const labels = { ...node.labels, 'eks.amazonaws.com/nodegroup': 'load' };
  await createObject(controlPlane, '/api/v1/nodes', liveNode({ ...node, labels }));
  return node.name;
}

async function addBought(
  { controlPlane, model }: RealCluster,
  index: number,
  uids: { readonly provisioner: string; readonly cluster: string },
): Promise<string> {
  const instance = runningInstance(model, index);
  const node = nodeOf(model, instance);
  const planned = machineOf(node, model, uids.provisioner);
  const path = `${MACHINES}/${planned.metadata.name}`;
  await createObject(controlPlane, MACHINES, planned);
  await patchObject(controlPlane, `${path}/status`, { status: machineStatus(node) });
  const machine = (await readObject(controlPlane, path)) as KubeObject;
  tagAsBought(instance, model, machine, uids.cluster);
  const { labels, ...metadata } = boughtMetadata(node, machine);
  const joined = liveNode({ ...node, labels: { ...node.labels, ...labels } });
  await createObject(controlPlane, '/api/v1/nodes', { ...joined, metadata: { ...joined.metadata, ...metadata } });
  return node.name;
}
