/**
 * The memory that the main thread and the lease worker share: three numbers, each written by one side. Messages would wait
 * for a solve to end; these do not.
 */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  private readonly slots: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT * 3)) {
    this.buffer = buffer;
    this.slots = new BigInt64Array(buffer);
  }

  /** Until when we may act (epoch ms), 0 while we may not. Written by the worker. */
  get deadlineMs(): number {
    return Number(Atomics.load(this.slots, 0));
  }

  set deadlineMs(epochMs: number) {
    Atomics.store(this.slots, 0, BigInt(Math.floor(epochMs)));
  }

  /** When the main thread last ran its timers, by the process's monotonic clock (ms). Written by the main thread. */
  get heartbeatMs(): number {
    return Number(Atomics.load(this.slots, 1));
  }

  set heartbeatMs(monotonicMs: number) {
    Atomics.store(this.slots, 1, BigInt(Math.floor(monotonicMs)));
  }

  /** Whether the main thread has seen all it needs. Written by the main thread. */
  get isReady(): boolean {
    return Atomics.load(this.slots, 2) === 1n;
  }

  set isReady(isReady: boolean) {
    Atomics.store(this.slots, 2, isReady ? 1n : 0n);
  }
}

/** Milliseconds on a clock that never goes back and is the same in all threads (`performance.now` is not). */
export function processMonotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
