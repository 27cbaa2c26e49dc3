import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../cluster/free-ports.ts';

/** Python and its modules take seconds to load, and longer when the machine is busy. */
const READY_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 100;
const OUTPUT_CHARACTERS_MAX = 4_000;

/** A running server with one account in it. */
export interface MotoServer {
  /** Of every service. */
  readonly url: string;
  /** Resolves when the process is gone. */
  close(): Promise<void>;
}

/** An empty account in a moto server of its own, on a free port. Needs MOTO_BINARY; rejects, with its output, when it does not answer. */
export async function startMotoServer(): Promise<MotoServer> {
  const binary = process.env.MOTO_BINARY;
  if (binary === undefined) throw new Error('MOTO_BINARY is not set: run `npm run tools`, then `npm run test:aws`');
  const { moto: port } = await freePorts(['moto']);
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port)], {
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = outputOf(child);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  // A test run that is cut short must not leave servers behind.
  process.once('exit', killWithUs);
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    process.removeListener('exit', killWithUs);
  };
  const url = `http://127.0.0.1:${port}`;
  const endMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    const hasEnded = child.exitCode !== null || child.pid === undefined;
    if (hasEnded || performance.now() > endMs) {
      await close();
      throw new Error(`${binary} does not answer on ${url}:\n${output()}`);
    }
    await delay(LOOK_EVERY_MS);
  }
  return { url, close };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/moto-api/data.json`)).ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
}

/** The end of what the process prints. */
function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    });
  }
  return () => text;
}
