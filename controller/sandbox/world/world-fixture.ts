import type { KubeObject } from '../../src/api/meta.ts';
import type { BootingInstance, InstanceEvents } from '../aws/instance-events.ts';
import { type Faults, noFaults } from '../faults.ts';
import type { Node, Pod, PodSpec } from '../kube/built-in-kinds.ts';
import { createObjectStore } from '../kube/create-object-store.ts';
import type { MemoryObjectStore } from '../kube/memory-object-store.ts';
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts';
import { createWorld, type StaticNode, type World } from './world.ts';

const START_MS = Date.UTC(2026, 10, 1);
const GIB = 1024 ** 3;

/** A world of its own for one test: no AWS behind it, instances run and end when the test says so. */
export interface WorldFixture {
  readonly timers: VirtualTimers;
  readonly store: MemoryObjectStore;
  readonly faults: Faults;
  readonly instances: InstanceEvents;
  readonly world: World;
  run(instance: BootingInstance): void;
  terminate(instanceId: string): void;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the condition holds; fails the test when it does not within a virtual ten minutes. */
  until(condition: () => boolean): Promise<void>;
  pods(): readonly Pod[];
  pod(name: string): Pod | undefined;
  node(name: string): Node | undefined;
  /** The status of any object, for expectations. */
  status(kind: string, name: string, namespace?: string): Readonly<Record<string, unknown>>;
}

export function createWorldFixture(seed = 1): WorldFixture {
  const timers = createVirtualTimers(START_MS);
  const store = createObjectStore({ timers, crds: [], seed });
  const faults = noFaults();
  const onRunning: ((instance: BootingInstance) => void)[] = [];
  const onTerminating: ((id: string) => void)[] = [];
  const instances: InstanceEvents = {
    onRunning: (listener) => void onRunning.push(listener),
    onTerminating: (listener) => void onTerminating.push(listener),
  };
  const world = createWorld({ timers, store, instances, faults, seed });
  return {
    timers,
    store,
    faults,
    instances,
    world,
    run: (instance) => onRunning.forEach((listener) => listener(instance)),
    terminate: (id) => onTerminating.forEach((listener) => listener(id)),
    pass: async (ms) => void (await timers.run({ untilMs: timers.nowMs() + ms })),
    async until(condition) {
      const isTrue = await timers.run({ until: condition, deadlineMs: timers.nowMs() + 600_000 });
      if (!isTrue) throw new Error(`not within ten virtual minutes: ${condition}`);
    },
    pods: () => store.list('Pod') as readonly Pod[],
    pod: (name) => store.get('Pod', name, 'default') as Pod | undefined,
    node: (name) => store.get('Node', name) as Node | undefined,
    status: (kind, name, namespace = 'default') =>
      (store.get(kind, name, namespace)?.['status'] ?? {}) as Readonly<Record<string, unknown>>,
  };
}

/** A node that is not ours, with 2 vCPU unless told otherwise. */
export function staticNode(name: string, rest: Partial<StaticNode> = {}): StaticNode {
  const room = { cpu: 2000, memory: 8 * GIB, pods: 29 };
  return { name, capacity: room, allocatable: room, ...rest };
}

/** An instance that boots into node `node-<id>`, with 16 vCPU. */
export function bootingInstance(id: string, rest: Partial<BootingInstance> = {}): BootingInstance {
  const room = { cpu: 16_000, memory: 32 * GIB, pods: 110 };
  return {
    id,
    providerId: `aws:///us-east-1a/${id}`,
    instanceType: 'c5.4xlarge',
    zone: 'us-east-1a',
    region: 'us-east-1',
    arch: 'amd64',
    privateIp: '10.0.1.1',
    privateDnsName: `node-${id}`,
    boot: { clusterName: 'demo', labels: { 'karpenter.sh/provisioner-name': 'default' }, taints: [] },
    mayJoin: true,
    capacity: room,
    allocatable: room,
    ...rest,
  };
}

/** A pod that asks for one cpu unless `spec` says otherwise. */
export function podObject(name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): KubeObject {
  const containers = [{ name: 'main', image: 'pause', resources: { requests: { cpu: '1' } } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { containers, ...spec },
  };
}

/** A workload of any kind whose pods ask for one cpu each. */
export function workloadObject(
  apiVersion: string,
  kind: string,
  name: string,
  { template = {}, ...spec }: Readonly<Record<string, unknown>> & { readonly template?: Partial<PodSpec> },
): KubeObject {
  const labels = { app: name };
  const pod = { metadata: { labels }, spec: { ...(podObject(name, template)['spec'] as PodSpec) } };
  const selector = kind === 'Job' ? {} : { selector: { matchLabels: labels } };
  return { apiVersion, kind, metadata: { name, namespace: 'default' }, spec: { ...selector, ...spec, template: pod } };
}
