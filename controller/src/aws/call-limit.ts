/** Runs tasks, never more than `tasksMax` at once; the rest waits its turn, first come, first served. */
export type CallLimit = <T>(task: () => Promise<T>) => Promise<T>;

/** A limit of its own; a task that fails frees its place. */
export function createCallLimit(tasksMax: number): CallLimit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= tasksMax) await new Promise<void>((resume) => waiting.push(resume));
    else running += 1;
    try {
      return await task();
    } finally {
      // The place is handed over, not freed and fought for: else a newcomer could slip in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
