import { ControllerProcess, type ControllerProcessOptions } from '../../sandbox/controller-process.ts';
import { LogBuffer } from '../../sandbox/log-buffer.ts';

/** Two seconds of CPU, which a busy machine may take minutes to give. */
const READY_MS_MAX = 150_000;

/** Keeps a production process alive as a kubelet keeps a container: when it ends by itself it gets another life. */
export interface Keeper {
  /** The exit codes of former lives, oldest first. */
  readonly exitCodes: readonly number[];
  /** What the present life has said. */
  log(): LogBuffer;
  /** Begins a life; resolves when it is ready. */
  start(): Promise<void>;
  /** Resolves when the present life is ready. */
  ready(): Promise<void>;
  /** Ends the present life without a word, and begins no other. */
  kill(): Promise<void>;
  /** Stops the present life where it stands. */
  pause(): void;
  /** Lets it go on as if no time had passed for it. */
  resume(): void;
}

/** A keeper without a life yet. `prepare` is awaited before each: it brings what goes stale, as a token does. */
export function createKeeper(options: Omit<ControllerProcessOptions, 'log'>, prepare: () => Promise<void>): Keeper {
  const exitCodes: number[] = [];
  const newLife = () => {
    const log = new LogBuffer();
    return { log, process: new ControllerProcess({ ...options, log }) };
  };
  let life = newLife();
  let isKept = false;
  let beginning = Promise.resolve();
  const beginLife = async () => {
    await prepare();
    life = newLife();
    const { process } = life;
    await process.start();
    void process.exited.then(async (code) => {
      exitCodes.push(code);
      // Whoever waits for the next life says what is wrong when there is none.
      if (isKept) await begin().catch(() => undefined);
    });
  };
  const begin = () => {
    beginning = beginLife();
    return beginning;
  };
  return {
    exitCodes,
    log: () => life.log,
    start: async () => {
      isKept = true;
      await begin();
      await life.process.ready(READY_MS_MAX);
    },
    ready: () => life.process.ready(READY_MS_MAX),
    kill: async () => {
      isKept = false;
      await beginning.catch(() => undefined);
      await life.process.kill();
    },
    pause: () => life.process.pause(),
    resume: () => life.process.resume(),
  };
}
