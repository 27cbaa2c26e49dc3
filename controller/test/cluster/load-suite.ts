import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { metricOf, untilAtRest, useOf } from '../sandbox/load-process.ts';
import { throughout, until } from '../until.ts';
import type { ApiCall } from './audit-log.ts';
import { installByHand } from './install.ts';
import { readObject } from './live-object.ts';
import { furnishLoad, type Load } from './load-furnish.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

/** As on the wire face with five times the nodes, but this one reads its sources: Node needs fifty megabytes for that. */
const RSS_MIB_MAX = 400;
/** The promise, and how long it is watched: a minute. */
const REST_CALLS_MAX = 10;
const REST_MS = 60_000;
const BURST_PODS = 500;
/** More than any node of the load has left. */
const BURST_CPU = '6';
/** kube-scheduler and the Deployment's controller need most of it; a plan takes less than a second. */
const FIRST_MS_MAX = 60_000;
const START_MS_MAX = 1_800_000;
const STEP_MS_MAX = 600_000;
const CONTROLLER = 'system:serviceaccount:karpenter:karpenter';
const NAMESPACE = 'burst';
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;

/** The promises about a cluster with so much in it: what the controller takes, what it asks at rest, how soon it buys. Prints what it measures. */
export function describeLoad(load: Load): void {
  describe(`a real control plane with ${load.nodes} nodes and ${load.pods} pods`, () => {
    let cluster: RealCluster;

    beforeAll(async () => {
      cluster = await startRealCluster();
      await installByHand(cluster, 'dev');
      await furnishLoad(cluster, load);
      const pending = () =>
        listed(cluster, '/api/v1/namespaces/default/pods?fieldSelector=status.phase%3DPending&limit=1');
      await until('kwok runs all pods', pending, (pods) => pods.length === 0, START_MS_MAX);
      await cluster.startController();
    }, START_MS_MAX);

    afterAll(() => cluster?.close());

    test(
      `takes the controller ${RSS_MIB_MAX} MiB at most, while it starts and afterwards`,
      async () => {
        const looks = () => metricOf(cluster.controller, 'controller_runtime_reconcile_total', '"machine"');
        const bought = load.nodes - Math.ceil(load.nodes / load.managedEvery);
        await until('it has looked at every Machine', looks, (count) => count >= bought, STEP_MS_MAX);
        await untilAtRest(cluster.controller, STEP_MS_MAX);
        const { rssMib, rssMibPeak } = useOf(cluster.controller);
        process.stderr.write(`memory: ${rssMib} MiB, at its peak ${rssMibPeak} MiB\n`);
        expect(rssMibPeak).toBeLessThanOrEqual(RSS_MIB_MAX);
      },
      STEP_MS_MAX,
    );

    test(
      `asks the API fewer than ${REST_CALLS_MAX} times a minute at rest, while every node tells its heartbeat`,
      async () => {
        const counted = () => cluster.controlPlane.callsOfWorkloads().filter(isCounted);
        const callsBefore = counted().length;
        const calls = async () => counted().slice(callsBefore);
        const [{ cpuMs }, startMs] = [useOf(cluster.controller), performance.now()];
        await throughout('few calls', calls, (made) => made.length < REST_CALLS_MAX, REST_MS);
        const cores = (useOf(cluster.controller).cpuMs - cpuMs) / (performance.now() - startMs);
        process.stderr.write(
          `at rest: ${(await calls()).length} calls a minute, ${(100 * cores).toFixed(1)} % of a core\n`,
        );
      },
      STEP_MS_MAX,
    );

    test(
      `buys for ${BURST_PODS} pods more within seconds, and all of them run`,
      async () => {
        const { request } = cluster.controlPlane;
        await request('POST', '/api/v1/namespaces', {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: NAMESPACE },
        });
        const { status } = await request('POST', DEPLOYMENTS, burst());
        expect(status).toBe(201);
        const startMs = performance.now();
        const purchases = async () => cluster.model.ledger().length;
        await until('the first is bought', purchases, (count) => count > 0, FIRST_MS_MAX, 20);
        const firstMs = performance.now() - startMs;
        const ready = async () => {
          const object = await readObject(cluster.controlPlane, `${DEPLOYMENTS}/${NAMESPACE}`);
          return (object?.status as { readyReplicas?: number } | undefined)?.readyReplicas;
        };
        await until('all pods run', ready, (count) => count === BURST_PODS, STEP_MS_MAX);
        const allMs = performance.now() - startMs;
        const told = `first CreateFleet ${Math.round(firstMs)} ms after the Deployment, all pods run ${Math.round(allMs)} ms after it`;
        process.stderr.write(`burst: ${told}, on ${await purchases()} nodes\n`);
      },
      STEP_MS_MAX,
    );
  });
}

async function listed({ controlPlane }: RealCluster, path: string): Promise<readonly unknown[]> {
  return (await controlPlane.request('GET', path)).body.items as readonly unknown[];
}

/** A call that is neither a watch nor about the lease. */
function isCounted({ user, verb, on }: ApiCall): boolean {
  return user === CONTROLLER && verb !== 'watch' && !on.startsWith('leases.');
}

function burst(): object {
  const labels = { app: NAMESPACE };
  const containers = [{ name: 'main', image: 'burst:1', resources: { requests: { cpu: BURST_CPU } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAMESPACE },
    spec: {
      replicas: BURST_PODS,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}
