import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CloudModel, createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { ControllerProcess } from '../../sandbox/controller-process.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { createObjectStore } from '../../sandbox/kube/create-object-store.ts';
import { readDefinitions } from '../../sandbox/kube/custom-kinds.ts';
import type { MemoryObjectStore } from '../../sandbox/kube/memory-object-store.ts';
import { writeKubeconfig } from '../../sandbox/kube/wire/kubeconfig.ts';
import { startWireServer } from '../../sandbox/kube/wire/wire-server.ts';
import { LogBuffer } from '../../sandbox/log-buffer.ts';
import { createWallTimers } from '../../sandbox/wall-timers.ts';
import { type NodeDescription, nodeConditions, nodeObject } from '../../sandbox/world/node-object.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import {
  boughtMetadata,
  imagesOnNode,
  LOAD_PROVISIONER,
  machineOf,
  machineStatus,
  nodeOf,
  runningInstance,
  tagAsBought,
} from './load-nodes.ts';
import { loadPod, runningStatus } from './load-pods.ts';

const CLUSTER_NAME = 'load';
const NAMESPACE = 'karpenter';
const CRDS = fileURLToPath(new URL('../../../manifests/crds', import.meta.url));
const BUNDLE_SCRIPT = fileURLToPath(new URL('../../../scripts/bundle.ts', import.meta.url));
const STATUS = { subresource: 'status' } as const;

export interface LoadClusterOptions {
  readonly nodes: number;
  readonly pods: number;
  /** One node in so many is of a managed group; the others were bought. */
  readonly managedEvery: number;
}

/** A cluster of any size on the sandbox's wire face, in which nothing happens but what the test does: no scheduler, no kubelets. */
export interface LoadCluster {
  readonly store: MemoryObjectStore;
  readonly model: CloudModel;
  readonly controller: ControllerProcess;
  readonly controllerLog: LogBuffer;
  readonly nodeNames: readonly string[];
  close(): Promise<void>;
}

/**
 * Furnishes the cluster, its pods running on its nodes in turn; the controller is not started yet. It is the bundle, as in the image: Node
 * needs fifty megabytes to read sources.
 */
export async function startLoadCluster({ nodes, pods, managedEvery }: LoadClusterOptions): Promise<LoadCluster> {
  const timers = createWallTimers();
  const faults = noFaults();
  const store = createObjectStore({ timers, crds: readDefinitions(CRDS) });
  const kube = await startWireServer({ store, timers, faults, host: '127.0.0.1', logSource: () => undefined });
  const model = createCloudModel({ timers, faults, seed: 1, clusterName: CLUSTER_NAME, clusterEndpoint: kube.url });
  const aws = await startAwsServer({ model });
  const folder = mkdtempSync(join(tmpdir(), 'load-cluster-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfigPath, kube.url);
  const settings = {
    'aws.clusterName': CLUSTER_NAME,
    'aws.defaultInstanceProfile': `KarpenterNodeInstanceProfile-${CLUSTER_NAME}`,
  };
  store.create('ConfigMap', { metadata: { name: SETTINGS_CONFIG_MAP, namespace: NAMESPACE }, data: settings });
  const provisioner = store.create('Provisioner', LOAD_PROVISIONER);
  const nodeNames = Array.from({ length: nodes }, (_, index) => {
    return index % managedEvery === 0 ? addManaged(store, model, index) : addBought(store, model, index, provisioner);
  });
  for (let index = 0; index < pods; index += 1) {
    const nodeName = nodeNames[index % nodes];
    if (nodeName !== undefined) addRunningPod(store, index, nodeName);
  }
  const bundle = join(folder, 'dist');
  await promisify(execFile)(process.execPath, [BUNDLE_SCRIPT, '--out', bundle]);
  const controllerLog = new LogBuffer();
  const controller = new ControllerProcess({
    kubeconfigPath,
    awsUrl: aws.url,
    region: model.state.region,
    namespace: NAMESPACE,
    log: controllerLog,
    mainPath: join(bundle, 'main.js'),
  });
  return {
    store,
    model,
    controller,
    controllerLog,
    nodeNames,
    close: async () => {
      await controller.kill();
      await Promise.all([kube.close(), aws.close()]);
      timers.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts a pod of the load on a node, where it has run for a while. */
function addRunningPod(store: MemoryObjectStore, index: number, nodeName: string): KubeObject {
  const { name } = store.create('Pod', loadPod(index, { nodeName })).metadata;
  return store.mergePatch('Pod', name, 'default', { status: runningStatus(index) }, STATUS);
}

/** Adds pods that find no node, as kube-scheduler leaves them: the last one's verdict stands when this returns. */
export function addPendingPods(store: MemoryObjectStore, count: number, cpu: string): void {
  const verdict = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node suits' };
  for (let index = 0; index < count; index += 1) {
    const pod = loadPod(index, { prefix: 'burst' });
    const containers = [{ name: 'main', image: 'burst:1', resources: { requests: { cpu } } }];
    const { name } = store.create('Pod', { ...pod, spec: { ...(pod.spec as object), containers } }).metadata;
    store.mergePatch('Pod', name, 'default', { status: { phase: 'Pending', conditions: [verdict] } }, STATUS);
  }
}

function addManaged(store: MemoryObjectStore, model: CloudModel, index: number): string {
  const node = nodeOf(model, runningInstance(model, index));
  const labels = { 'eks.amazonaws.com/nodegroup': 'system' };
  store.create('Node', readyNode(node, { labels }));
  return node.name;
}

function addBought(store: MemoryObjectStore, model: CloudModel, index: number, provisioner: KubeObject): string {
  const instance = runningInstance(model, index);
  const node = nodeOf(model, instance);
  const machine = store.create('Machine', machineOf(node, model, provisioner.metadata.uid ?? ''));
  store.mergePatch('Machine', machine.metadata.name, undefined, { status: machineStatus(node) }, STATUS);
  const clusterUid = store.get('Namespace', 'kube-system')?.metadata.uid ?? '';
  tagAsBought(instance, model, machine, clusterUid);
  store.create('Node', readyNode(node, boughtMetadata(node, machine)));
  return node.name;
}

function readyNode(node: NodeDescription, more: Partial<KubeObject['metadata']>): KubeObject {
  const registered = nodeObject({ ...node, labels: { ...node.labels, ...more.labels } }, Date.now());
  return {
    ...registered,
    metadata: { ...registered.metadata, ...more, labels: registered.metadata.labels ?? {} },
    spec: { providerID: node.providerId },
    status: {
      ...(registered.status as object),
      conditions: nodeConditions(true, Date.now()),
      images: imagesOnNode(),
    },
  };
}
