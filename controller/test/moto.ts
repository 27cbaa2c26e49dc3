import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../sandbox/free-ports.ts';
import { isOk, partFromEnvironment, startPart, untilWell } from './cluster/part.ts';

const HOST = '127.0.0.1';
/** It imports every AWS service: a few seconds alone, and far more beside a build. */
const START_MS_MAX = 90_000;

/** moto's server on loopback: one account, empty but for AWS's own policies and a default VPC in each region. */
export interface Moto {
  /** Of every service. */
  readonly url: string;
  /** Forgets everything. */
  reset(): Promise<void>;
  /** Resolves when the process and its log are gone. */
  stop(): Promise<void>;
}

/** Starts one of its own on a free port; rejects, with what it printed, when it ends or does not answer in time. */
export async function startMoto(): Promise<Moto> {
  const command = partFromEnvironment('MOTO_BINARY');
  const folder = mkdtempSync(join(tmpdir(), 'moto-'));
  const { moto: port } = await freePorts(['moto']);
  const args = ['--host', HOST, '--port', String(port)];
  const server = startPart({ name: 'moto', folder, command, args, env: { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' } });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${HOST}:${port}`;
  try {
    await untilWell([server], () => isOk(`${url}/moto-api/`), START_MS_MAX);
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
