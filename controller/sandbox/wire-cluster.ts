import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS_CONFIG_MAP } from '../src/api/names.ts';
import { type CloudModel, createCloudModel } from './aws/cloud-model.ts';
import { startAwsServer } from './aws/wire/wire-server.ts';
import { ControllerProcess } from './controller-process.ts';
import { type Faults, noFaults } from './faults.ts';
import { createObjectStore } from './kube/create-object-store.ts';
import { readDefinitions } from './kube/custom-kinds.ts';
import type { MemoryObjectStore } from './kube/memory-object-store.ts';
import { writeKubeconfig } from './kube/wire/kubeconfig.ts';
import { KUBERNETES_VERSION, startWireServer } from './kube/wire/wire-server.ts';
import { LogBuffer } from './log-buffer.ts';
import { createWallTimers } from './wall-timers.ts';
import { createWorld, type World } from './world/world.ts';

export const CLUSTER_NAME = 'demo';
const NAMESPACE = 'karpenter';
const REGION = 'us-east-1';
const CRDS = fileURLToPath(new URL('../../manifests/crds', import.meta.url));
const GIB = 1024 ** 3;

export interface WireClusterOptions {
  readonly seed?: number;
  readonly kubePort?: number;
  readonly awsPort?: number;
  readonly bootDelayMs?: number;
  /** More environment and flags for the controller. */
  readonly controllerEnv?: Readonly<Record<string, string>>;
}

/** A cluster and its AWS on loopback, in the real protocols, with the production controller as a process that is not started yet. */
export interface WireCluster {
  readonly store: MemoryObjectStore;
  readonly model: CloudModel;
  readonly world: World;
  readonly faults: Faults;
  readonly kubeUrl: string;
  readonly awsUrl: string;
  readonly kubeconfigPath: string;
  readonly controller: ControllerProcess;
  readonly controllerLog: LogBuffer;
  /** Ends everything, the controller included, and removes the temporary files. */
  close(): Promise<void>;
}

/** Starts the world on the wall clock. Rejects, with the port in the message, when a port is taken. */
export async function startWireCluster(options: WireClusterOptions = {}): Promise<WireCluster> {
  const seed = options.seed ?? 1;
  const timers = createWallTimers();
  const faults = noFaults();
  const store = createObjectStore({ timers, crds: readDefinitions(CRDS), seed });
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  const controllerLog = new LogBuffer();
  const kube = await startWireServer({
    store,
    timers,
    faults,
    host: '127.0.0.1',
    port: options.kubePort ?? 0,
    logSource: (namespace, pod, request) =>
      namespace === NAMESPACE && pod === CONTROLLER_POD ? controllerLog.read(request) : undefined,
  });
  const model = createCloudModel({
    timers,
    faults,
    seed,
    clusterName: CLUSTER_NAME,
    // AWS publishes AL2 for the version that the API stand-in reports.
    kubernetesVersion: KUBERNETES_VERSION.replace(/^v(\d+\.\d+)\..*$/, '$1'),
    clusterEndpoint: kube.url,
  });
  const aws = await startAwsServer({ model, port: options.awsPort ?? 0 });
  writeKubeconfig(kubeconfigPath, kube.url);
  const bootDelay = options.bootDelayMs === undefined ? {} : { bootDelayMs: options.bootDelayMs };
  const world = createWorld({ timers, store, instances: model, faults, seed, ...bootDelay });
  furnish(store, world);
  const controller = new ControllerProcess({
    kubeconfigPath,
    awsUrl: aws.url,
    region: REGION,
    namespace: NAMESPACE,
    log: controllerLog,
    ...(options.controllerEnv === undefined ? {} : { env: options.controllerEnv }),
  });
  return {
    store,
    model,
    world,
    faults,
    kubeUrl: kube.url,
    awsUrl: aws.url,
    kubeconfigPath,
    controller,
    controllerLog,
    close: async () => {
      await controller.kill();
      world.stop();
      await Promise.all([kube.close(), aws.close()]);
      timers.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CONTROLLER_POD = 'karpenter-0';
const SYSTEM_NODE = 'ip-10-0-128-10.ec2.internal';

/** What a cluster has before the controller comes: a node of a managed group, the settings that Pulumi writes, kube-dns, the controller's pod. */
function furnish(store: MemoryObjectStore, world: World): void {
  const amounts = { cpu: 2000, memory: 7 * GIB, pods: 29, 'ephemeral-storage': 20 * GIB };
  world.addStaticNode({
    name: SYSTEM_NODE,
    capacity: amounts,
    allocatable: amounts,
    labels: { 'eks.amazonaws.com/nodegroup': 'system' },
    // As on a real system group: workloads stay off, so that the story needs a node of its own.
    taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }],
  });
  store.create('ConfigMap', {
    metadata: { name: SETTINGS_CONFIG_MAP, namespace: NAMESPACE },
    data: {
      'aws.clusterName': CLUSTER_NAME,
      'aws.defaultInstanceProfile': `KarpenterNodeInstanceProfile-${CLUSTER_NAME}`,
    },
  });
  store.create('Service', {
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: { clusterIP: '10.100.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
  });
  store.create('Pod', {
    metadata: { name: CONTROLLER_POD, namespace: NAMESPACE, labels: { karpenter: 'controller' } },
    spec: {
      nodeName: SYSTEM_NODE,
      tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
      containers: [
        { name: 'controller', image: 'karpenter-gitops-controller', resources: { requests: { cpu: '200m' } } },
      ],
    },
  });
}
