import type { Again } from './work-queue.ts';

/** A step is `done` and the next may look, or the Machine has to be looked at again (later, or when something changes). */
export type StepResult = 'done' | Again;
