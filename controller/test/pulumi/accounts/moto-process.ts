import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../cluster/free-ports.ts';

/** It imports every AWS service: a few seconds alone, and far more beside a build. */
const START_MS_MAX = 60_000;
const POLL_MS = 100;

/** moto's server on loopback: one account, empty but for AWS's own policies and a default VPC in each region. */
export interface Moto {
  readonly url: string;
  /** Forgets everything. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it from the program of `npm run tools`; rejects when it ends or does not answer in time. */
export async function startMoto(): Promise<Moto> {
  const program = process.env.MOTO_BINARY;
  if (program === undefined) throw new Error('MOTO_BINARY is not set: run `npm run tools`, then `npm run test:pulumi`');
  const { moto: port } = await freePorts(['moto']);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const killWithUs = () => child.kill('SIGKILL');
  // A test run that is cut short must not leave a server behind.
  process.once('exit', killWithUs);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async () => {
    killWithUs();
    await exited;
    process.removeListener('exit', killWithUs);
  };
  try {
    await untilAnswers(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  const reset = async () => {
    const { ok, status } = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    if (!ok) throw new Error(`moto refuses to be reset: ${status}`);
  };
  return { url, reset, stop };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + START_MS_MAX;
  for (;;) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error('moto has ended');
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadlineMs) throw new Error(`no moto after ${START_MS_MAX} ms`);
    await sleep(POLL_MS);
  }
}
