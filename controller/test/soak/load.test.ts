import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isBare, running } from '../../sandbox/story/observations.ts';
import { inflate } from '../../sandbox/story/page-objects.ts';
import { startWireCluster, type WireCluster } from '../../sandbox/wire-cluster.ts';
import { describeLoad } from '../cluster/load-suite.ts';
import { eventually } from '../eventually.ts';
import { untilAtRest, useOf } from '../sandbox/load-process.ts';

const ROUNDS = 20;
const PODS = 1_000;
/** By then every path has been taken and its code is compiled: what grows later grows with each round. */
const SETTLED_ROUND = 8;
/** The heap is collected when it must be, not after each round: its size at two moments differs by that much and more. */
const GROWTH_MAX = 1.15;
const STEP_MS_MAX = 300_000;

describeLoad({ nodes: 1_000, pods: 10_000, managedEvery: 10 });

describe(`${PODS} pods that come and go ${ROUNDS} times`, () => {
  let cluster: WireCluster;
  const rssMib: number[] = [];

  beforeAll(async () => {
    cluster = await startWireCluster({ bootDelayMs: 500 });
    await cluster.controller.start();
    await cluster.controller.ready(STEP_MS_MAX);
    const spec = { provider: {}, ttlSecondsAfterEmpty: 1 };
    cluster.store.create('Provisioner', { metadata: { name: 'default' }, spec });
    cluster.store.create('Deployment', inflate());
  }, STEP_MS_MAX);

  afterAll(() => cluster?.close());

  const scale = (replicas: number) => {
    cluster.store.mergePatch('Deployment', 'inflate', 'default', { spec: { replicas } });
  };

  test.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    'get their nodes and give them back: round %i',
    async () => {
      scale(PODS);
      await eventually('all pods run', () => running(cluster) === PODS, STEP_MS_MAX);
      scale(0);
      await eventually('nothing is left', () => isBare(cluster), STEP_MS_MAX);
      await untilAtRest(cluster.controller, STEP_MS_MAX);
      rssMib.push(useOf(cluster.controller).rssMib);
    },
    2 * STEP_MS_MAX,
  );

  test('leave the controller no larger', () => {
    const largest = (rounds: readonly number[]) => Math.max(...rounds);
    const [before, after] = [rssMib.slice(0, SETTLED_ROUND), rssMib.slice(SETTLED_ROUND)].map(largest) as [
      number,
      number,
    ];
    process.stderr.write(`memory after each round: ${rssMib.join(' ')} MiB\n`);
    expect(after / before).toBeLessThanOrEqual(GROWTH_MAX);
  });
});
