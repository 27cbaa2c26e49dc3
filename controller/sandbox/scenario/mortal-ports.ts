import type { CloudPort } from '../../src/ports/cloud.ts';
import type { KubePort } from '../../src/ports/kube.ts';

/** Where a controller dies: at its n-th effect (from 1), before it happens or after it, when nobody hears the answer. */
export interface CrashPoint {
  readonly effect: number;
  readonly side: 'before' | 'after';
}

/** The ports of one process that may die. Once it is dead, none of its calls does anything or ever returns. */
export interface MortalPorts {
  readonly kube: KubePort;
  readonly cloud: CloudPort;
  /** The effects that were started, as `create Machine default-x7k2bq`. */
  readonly effects: readonly string[];
  /** The questions that were asked, as `get Machine default-x7k2bq`; watches are none. */
  readonly reads: readonly string[];
  die(): void;
}

/** Wraps the ports of one incarnation. `onDeath` is told once, when the crash point is reached. */
export function mortalPorts(
  ports: { readonly kube: KubePort; readonly cloud: CloudPort },
  crash: CrashPoint | undefined,
  onDeath: () => void,
): MortalPorts {
  const effects: string[] = [];
  const reads: string[] = [];
  let isDead = false;
  const die = () => {
    if (isDead) return;
    isDead = true;
    onDeath();
  };
  const never = new Promise<never>(() => {});
  const read = async <T>(question: string, call: () => Promise<T>): Promise<T> => {
    if (isDead) return never;
    reads.push(question);
    const answer = await call();
    return isDead ? never : answer;
  };
  const effect = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    if (isDead) return never;
    effects.push(name);
    const isLast = crash?.effect === effects.length;
    if (isLast && crash.side === 'before') die();
    if (isDead) return never;
    const answer = await call().finally(() => {
      if (isLast) die();
    });
    return isDead ? never : answer;
  };
  return {
    effects,
    reads,
    die,
    kube: {
      follow: (kind, sink, signal) => ports.kube.follow(kind, (event) => !isDead && sink(event), signal),
      get: (name) => read(`get ${name.kind} ${name.name}`, () => ports.kube.get(name)),
      podsOn: (nodeName) => read(`pods on ${nodeName}`, () => ports.kube.podsOn(nodeName)),
      create: (kind, object) => effect(`create ${kind} ${object.metadata.name}`, () => ports.kube.create(kind, object)),
      patch: (name, patch, options) =>
        effect(`patch ${name.kind} ${name.name} ${Object.keys(patch).join()}`, () =>
          ports.kube.patch(name, patch, options),
        ),
      delete: (name, uid) => effect(`delete ${name.kind} ${name.name}`, () => ports.kube.delete(name, uid)),
      evict: (pod) => effect(`evict ${pod.namespace}/${pod.name}`, () => ports.kube.evict(pod)),
      emit: (event) => {
        if (!isDead) ports.kube.emit(event);
      },
    },
    cloud: {
      resolve: (template) => read(`resolve ${template.source}`, () => ports.cloud.resolve(template)),
      instanceTypes: (template, kubelet) =>
        read(`instance types ${template.source}`, () => ports.cloud.instanceTypes(template, kubelet)),
      launch: (order) => effect(`launch ${order.machineName}`, () => ports.cloud.launch(order)),
      instances: () => read('instances', () => ports.cloud.instances()),
      instance: (id) => read(`instance ${id}`, () => ports.cloud.instance(id)),
      nodeAccess: (template) => read(`node access ${template.source}`, () => ports.cloud.nodeAccess(template)),
      terminate: (id) => effect(`terminate ${id}`, () => ports.cloud.terminate(id)),
    },
  };
}
