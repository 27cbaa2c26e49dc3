import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { checkNoneEmpty, checkNothingLeft } from '../../../sandbox/checks/leftovers.ts';
import { checkPlacement } from '../../../sandbox/checks/placement.ts';
import type { CrashPoint } from '../../../sandbox/scenario/mortal-ports.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { defaultProvisioner, inflate, REPLICAS } from '../../../sandbox/story/page-objects.ts';
import { quietTelemetry } from '../../adapter-kit.ts';

const MINUTE_MS = 60_000;
/** Enough for a restart, two complete lists of the garbage collector and a termination. */
const SETTLE_MS = 5 * MINUTE_MS;

/** Plays the getting-started page, dying at the crash point; returns what was violated, in words. */
async function play(crash?: CrashPoint): Promise<{ cluster: VirtualCluster; violations: readonly string[] }> {
  const cluster = new VirtualCluster({ telemetry: quietTelemetry() });
  cluster.store.create('Provisioner', defaultProvisioner());
  cluster.store.create('Deployment', inflate());
  cluster.startController(crash);
  await cluster.pass(2_000);
  cluster.store.mergePatch('Deployment', 'inflate', 'default', { spec: { replicas: REPLICAS } });
  const isUp = await cluster.until(() => cluster.pods('Running').length === REPLICAS, 5 * MINUTE_MS);
  await cluster.pass(2 * MINUTE_MS);
  const up = [
    ...(isUp ? [] : ['not all pods run']),
    ...checkInstances(cluster.store, cluster.launches()),
    ...checkPlacement(cluster.store),
    ...checkNoneEmpty(cluster.store),
  ];
  cluster.store.delete('Deployment', 'inflate', 'default');
  await cluster.until(() => checkNothingLeft(cluster.store, cluster.launches()).length === 0, SETTLE_MS);
  // A crash at the very last effect still has its successor.
  await cluster.pass(MINUTE_MS);
  const down = [
    ...checkNothingLeft(cluster.store, cluster.launches()),
    ...checkInstances(cluster.store, cluster.launches()),
  ];
  return { cluster, violations: [...up, ...down, ...cluster.misdeeds()] };
}

describe('a controller that dies without a word during the getting-started story', () => {
  test('leaves 15 running pods, then nothing, with one instance for each Machine, at every crash point', async () => {
    const undisturbed = await play();
    expect(undisturbed.violations).toEqual([]);
    const effects = undisturbed.cluster.incarnations[0]?.effects ?? [];
    expect(effects.length).toBeGreaterThan(15);

    const failures: string[] = [];
    for (let effect = 1; effect <= effects.length; effect += 1) {
      for (const side of ['before', 'after'] as const) {
        const { cluster, violations } = await play({ effect, side });
        const where = `${side} effect ${effect} (${effects[effect - 1]})`;
        if (cluster.incarnations.length !== 2) failures.push(`${where}: did not crash once`);
        failures.push(...violations.map((violation) => `${where}: ${violation}`));
      }
    }
    expect(failures).toEqual([]);
  }, 180_000);
});
