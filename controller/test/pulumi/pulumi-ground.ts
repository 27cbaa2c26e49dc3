import { afterAll, beforeAll } from '@jest/globals';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { type Moto, startMoto } from '../moto.ts';
import { installEngine, type PulumiEngine } from './engine/engine.ts';

/** Three servers start, beside another test file's. */
const START_MS_MAX = 180_000;

/** What the stories of one test file share. Its members may be used from the first test on. */
export interface PulumiGround {
  readonly controlPlane: () => ControlPlane;
  readonly moto: () => Moto;
  readonly engine: () => PulumiEngine;
}

/** Starts a real API server, moto and an installation of Pulumi before the file's tests, and ends them after. */
export function preparePulumi(): PulumiGround {
  let controlPlane: ControlPlane | undefined;
  let moto: Moto | undefined;
  let engine: PulumiEngine | undefined;
  beforeAll(async () => {
    // Namespaces are removed by the controller manager.
    [controlPlane, moto] = await Promise.all([startControlPlane({ controllerManager: true }), startMoto()]);
    engine = await installEngine({ clusterToken: controlPlane.token });
  }, START_MS_MAX);
  afterAll(async () => {
    engine?.close();
    await Promise.all([controlPlane?.stop(), moto?.stop()]);
  });
  return {
    controlPlane: () => started(controlPlane),
    moto: () => started(moto),
    engine: () => started(engine),
  };
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('used before the tests begin');
  return part;
}
