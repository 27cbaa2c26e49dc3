import { setTimeout as sleep } from 'node:timers/promises';
import type { BootingInstance, InstanceEvents } from '../../sandbox/aws/instance-events.ts';
import { describeInstance, type NodeDescription } from '../../sandbox/world/node-object.ts';
import type { ControlPlane } from './control-plane.ts';
import { KUBELET_DIES, liveNode } from './live-node.ts';

/** How long a kubelet waits before it tries again to register. */
const RETRY_MS = 500;

/** Turns running instances into Nodes. */
export interface NodeJoiner {
  /** What the API server has said to kubelets that it did not let in, as `<node>: <message>`, oldest first. */
  refusals(): readonly string[];
  /** No node joins any more; those that have stay alive. Resolves when nothing is under way. */
  stop(): Promise<void>;
}

export interface NodeJoinerOptions {
  readonly instances: InstanceEvents;
  readonly request: ControlPlane['request'];
  /** From `running` to the first try to register. */
  readonly bootDelayMs: number;
}

/** From boot to switch-off of one instance. */
interface Life {
  readonly off: AbortController;
  /** Resolves with the Node's name when it is registered, with undefined when that was given up. */
  readonly joined: Promise<string | undefined>;
}

/**
 * Registers a Node for each instance that may join and understands its user data, in the kubelet's own name, so that the API server holds
 * it to a kubelet's rights. When the instance ends its kubelet is dead; Node and pods stay for others to remove.
 */
export function startNodeJoiner({ instances, request, bootDelayMs }: NodeJoinerOptions): NodeJoiner {
  const lives = new Map<string, Life>();
  const deaths = new Set<Promise<void>>();
  const refusals: string[] = [];
  const stopping = new AbortController();

  const boot = (instance: BootingInstance): void => {
    if (!instance.mayJoin || instance.boot === undefined || stopping.signal.aborted) return;
    const off = new AbortController();
    const signal = AbortSignal.any([off.signal, stopping.signal]);
    lives.set(instance.id, {
      off,
      joined: join(request, describeInstance(instance), { signal, bootDelayMs, refusals }),
    });
  };
  const die = async (life: Life): Promise<void> => {
    life.off.abort();
    const name = await life.joined;
    // A Node that is gone already needs no death, nor does one whose API server is.
    if (name !== undefined) await request('PATCH', `/api/v1/nodes/${name}`, KUBELET_DIES).catch(() => undefined);
  };

  instances.onRunning(boot);
  instances.onTerminating((instanceId) => {
    const life = lives.get(instanceId);
    lives.delete(instanceId);
    if (life === undefined || stopping.signal.aborted) return;
    const death = die(life).finally(() => deaths.delete(death));
    deaths.add(death);
  });
  return {
    refusals: () => refusals,
    stop: async () => {
      stopping.abort();
      await Promise.all([...[...lives.values()].map(({ joined }) => joined), ...deaths]);
    },
  };
}

interface Attempt {
  readonly signal: AbortSignal;
  readonly bootDelayMs: number;
  readonly refusals: string[];
}

/** Tries until the Node stands, as kubelets do; gives up when the signal aborts. */
async function join(
  request: ControlPlane['request'],
  node: NodeDescription,
  { signal, bootDelayMs, refusals }: Attempt,
): Promise<string | undefined> {
  // EKS maps a node's role to this user and these groups.
  const kubelet = { user: `system:node:${node.name}`, groups: ['system:bootstrappers', 'system:nodes'] };
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  await pause(bootDelayMs);
  while (!signal.aborted) {
    const answer = await request('POST', '/api/v1/nodes', liveNode(node), kubelet).catch((error: unknown) => ({
      status: 0,
      body: { message: String(error) },
    }));
    if (answer.status === 201) return node.name;
    refusals.push(`${node.name}: ${String(answer.body.message)}`);
    await pause(RETRY_MS);
  }
  return undefined;
}
