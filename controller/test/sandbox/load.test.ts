import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { until } from '../until.ts';
import { addPendingPods, type LoadCluster, startLoadCluster } from './load-cluster.ts';
import { metricOf, useOf } from './load-process.ts';

const NODES = 5_000;
const PODS = 50_000;
const MANAGED_EVERY = 10;
const BOUGHT = NODES - NODES / MANAGED_EVERY;
/** Measured: 306, and 326 after the burst. What a pod of the Deployment requests is 512. */
const RSS_MIB_MAX = 400;
/** A core for a twentieth of the time is much for a controller that does nothing; four times measured, for machines that others use. */
const REST_CORES_MAX = 0.2;
const REST_MS = 30_000;
/** Without one change, no call but those that open watches anew. */
const REST_CALLS_MAX = 3;
const BURST_PODS = 500;
/** More than any node of the load has left. */
const BURST_CPU = '6';
/** Measured: 7 s of CPU, most of it for the events of 500 pods and for a plan that begins with 5,000 nodes. Others use the machine as well. */
const BURST_MS_MAX = 120_000;
/** Furnishing takes a minute of CPU. */
const START_MS_MAX = 600_000;
const STEP_MS_MAX = 300_000;

describe(`a cluster of ${NODES} nodes and ${PODS} pods`, () => {
  let cluster: LoadCluster;

  beforeAll(async () => {
    cluster = await startLoadCluster({ nodes: NODES, pods: PODS, managedEvery: MANAGED_EVERY });
    await cluster.controller.start();
    await cluster.controller.ready(STEP_MS_MAX);
  }, START_MS_MAX);

  afterAll(() => cluster?.close());

  test(
    `takes the controller ${RSS_MIB_MAX} MiB at most, while it starts and afterwards`,
    async () => {
      const passes = (name: string) => metricOf(cluster.controller, 'controller_runtime_reconcile_total', `"${name}"`);
      await until(
        'it has looked at every Machine',
        () => passes('machine'),
        (count) => count >= BOUGHT,
        STEP_MS_MAX,
      );
      await until(
        'it has asked for all instances',
        () => passes('garbagecollection'),
        (count) => count >= 3,
        STEP_MS_MAX,
      );
      const { rssMib, rssMibPeak } = useOf(cluster.controller);
      process.stderr.write(`memory: ${rssMib} MiB, at its peak ${rssMibPeak} MiB\n`);
      expect(rssMibPeak).toBeLessThanOrEqual(RSS_MIB_MAX);
    },
    STEP_MS_MAX,
  );

  test(
    'leaves the controller at rest when nothing changes',
    async () => {
      const calls = () => metricOf(cluster.controller, 'rest_client_requests_total');
      const [callsBefore, { cpuMs }, startMs] = [await calls(), useOf(cluster.controller), performance.now()];
      await delay(REST_MS);
      const cores = (useOf(cluster.controller).cpuMs - cpuMs) / (performance.now() - startMs);
      const made = (await calls()) - callsBefore;
      process.stderr.write(
        `at rest: ${(100 * cores).toFixed(1)} % of a core, ${made} API calls in ${REST_MS / 1000} s\n`,
      );
      expect(made).toBeLessThanOrEqual(REST_CALLS_MAX);
      expect(cores).toBeLessThanOrEqual(REST_CORES_MAX);
    },
    STEP_MS_MAX,
  );

  test(
    `has nodes bought for ${BURST_PODS} pods more within seconds of their verdict`,
    async () => {
      const bought = () => cluster.model.ledger().length;
      addPendingPods(cluster.store, BURST_PODS, BURST_CPU);
      const startMs = performance.now();
      await eventually('the first is bought', () => bought() > 0, BURST_MS_MAX);
      const firstMs = performance.now() - startMs;
      const created = () => cluster.store.list('Machine').length - BOUGHT;
      await eventually('every Machine has its instance', () => bought() === created(), STEP_MS_MAX);
      const { rssMibPeak } = useOf(cluster.controller);
      const times = `first CreateFleet ${Math.round(firstMs)} ms, last of ${bought()} ${Math.round(performance.now() - startMs)} ms`;
      process.stderr.write(`burst: ${times} after the last verdict; memory at its peak ${rssMibPeak} MiB\n`);
      expect(bought()).toBeLessThanOrEqual(BURST_PODS);
    },
    STEP_MS_MAX,
  );
});
