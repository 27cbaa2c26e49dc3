import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import { createDeployment, type Ground, MACHINES, PROVISIONERS, startGround } from './failures-ground.ts';
import { type Condition, conditionOf, readObject } from './live-object.ts';

const START_MS_MAX = 480_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 480_000;
const OVERLAY = join(import.meta.dirname, '..', '..', '..', 'manifests', 'overlays', 'dev');
/** As Argo CD applies. */
const SYNC = ['--server-side', '--field-manager=argocd-controller', '-k', OVERLAY];
const SYNC_EVERY_MS = 2_000;
/** Of the overlay's Provisioner. */
const TTL_MS = 30_000;
/** How long the controller lives before it is ended again. */
const LIFE_MS = 4_000;
/** What restarts may cost: a start of the process, its lists, its lease, a pass; most of a minute on a machine that is busy. */
const LATE_MS_MAX = 60_000;

/** Everything of the overlay that somebody might quarrel about. */
const OF_GIT = [
  `${PROVISIONERS}/default`,
  '/apis/apps/v1/namespaces/karpenter/deployments/karpenter',
  '/apis/policy/v1/namespaces/karpenter/poddisruptionbudgets/karpenter',
];

interface Sync {
  /** Resolves with what every sync so far has said that failed, and their number. */
  stop(): Promise<{ readonly count: number; readonly failures: readonly string[] }>;
}

/** Applies what is in git again and again, as an engine does that heals itself. */
function syncFromGit({ cluster }: Ground): Sync {
  const over = new AbortController();
  const failures: string[] = [];
  let count = 0;
  const run = async () => {
    while (!over.signal.aborted) {
      await cluster.controlPlane.kubectl('apply', ...SYNC).catch((error: unknown) => failures.push(String(error)));
      count += 1;
      await sleep(SYNC_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const done = run();
  return {
    stop: async () => {
      over.abort();
      await done;
      return { count, failures };
    },
  };
}

describe('a real cluster into which git is applied every few seconds', () => {
  let ground: Ground;
  let sync: Sync;
  let generations: readonly (number | undefined)[];

  const generationsNow = () =>
    Promise.all(OF_GIT.map(async (path) => (await readObject(ground.cluster.controlPlane, path))?.metadata.generation));
  const machines = () => ground.list(MACHINES);

  beforeAll(async () => {
    ground = await startGround();
    // Taken over from kubectl, as engines do when they come to what is there already; from then on they need no force.
    await ground.cluster.controlPlane.kubectl('apply', '--force-conflicts', ...SYNC);
    generations = await generationsNow();
    sync = syncFromGit(ground);
  }, START_MS_MAX);

  afterAll(async () => {
    await sync?.stop();
    await ground?.close();
  });

  test(
    'gets the nodes that its pods need',
    async () => {
      await createDeployment(ground, 'web', 6);
      await ground.untilRunning(6);
    },
    STEP_MS_MAX,
  );

  test(
    'loses an empty node when its time has come, although the controller is started anew every few seconds (CA#7873)',
    async () => {
      await ground.scale('web', 0);
      const areEmpty = (all: Awaited<ReturnType<typeof machines>>) =>
        all.length > 0 && all.every((machine) => conditionOf(machine, 'MachineEmpty')?.status === 'True');
      const empty = await until('the Machines are found empty', machines, areEmpty, TTL_MS);
      const sinceMs = empty.map((machine) => transitionMs(conditionOf(machine, 'MachineEmpty')));

      // No process lives long enough to have waited for the time itself.
      let gone: Awaited<ReturnType<typeof machines>> | undefined;
      while (gone === undefined && Date.now() < Math.max(...sinceMs) + TTL_MS + LATE_MS_MAX) {
        await ground.cluster.controller.stop();
        await ground.cluster.startController();
        const areGoing = (all: Awaited<ReturnType<typeof machines>>) =>
          all.length === empty.length && all.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
        gone = await until('they go', machines, areGoing, LIFE_MS).catch(() => undefined);
      }
      const goneAtMs = (gone ?? []).map(({ metadata }) => Date.parse(String(metadata.deletionTimestamp)));
      expect(goneAtMs.length).toBe(empty.length);
      expect(Math.min(...goneAtMs)).toBeGreaterThanOrEqual(Math.min(...sinceMs) + TTL_MS);
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );

  test(
    'stays as git has it: no sync met a conflict, none changed anything, and there is no difference (A#6867)',
    async () => {
      const { count, failures } = await sync.stop();
      expect(failures).toEqual([]);
      expect(count).toBeGreaterThan(5);
      expect(await generationsNow()).toEqual(generations);
      // Ends with 1 when there is one.
      await expect(ground.cluster.controlPlane.kubectl('diff', ...SYNC)).resolves.toBe('');
      const provisioner = await readObject(ground.cluster.controlPlane, `${PROVISIONERS}/default`);
      expect(conditionOf(provisioner, 'Ready')?.status).toBe('True');
    },
    STEP_MS_MAX,
  );
});

function transitionMs(condition: Condition | undefined): number {
  return Date.parse((condition as { readonly lastTransitionTime?: string } | undefined)?.lastTransitionTime ?? '');
}
