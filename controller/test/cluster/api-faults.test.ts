import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { API_FAULTS } from './api-faults.ts';
import { type FaultGround, startFaultGround } from './fault-ground.ts';
import { WATCH_FAULTS } from './watch-faults.ts';

const START_MS_MAX = 240_000;
/** Of one story; what it waits for comes first, and says more when it does not come. */
const TEST_MS_MAX = 500_000;

// One file, because a control plane takes longer to start than most of these stories take.
describe('whatever an API server and its watches do', () => {
  let ground: FaultGround;

  beforeAll(async () => {
    ground = await startFaultGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  afterEach(() => ground.untilBare(), TEST_MS_MAX);

  test.each([...WATCH_FAULTS, ...API_FAULTS])(
    '$name',
    async ({ isSurvived, play }) => {
      const { starts, logTail } = ground.controller;
      const before = starts();
      await play(ground)
        .then(ground.untilSettled)
        .catch((error: unknown) => {
          throw new Error(`${String(error)}\n${logTail()}`, { cause: error });
        });
      // A process that ends loses nothing, but a pod that nobody serves meanwhile waits.
      if (isSurvived) expect(starts()).toBe(before);
    },
    TEST_MS_MAX,
  );
});
