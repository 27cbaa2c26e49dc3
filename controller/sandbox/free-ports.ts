import { createServer } from 'node:net';
import process from 'node:process';

/**
 * Below what kernels give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): a port of those may be taken by any client
 * between the moment it is found free and the moment its process listens.
 */
const FIRST_PORT = 10_000;
/** Each jest worker draws from a share of its own, so that none takes what another has found and not yet opened. */
const SHARES = 5;
const PORTS_PER_SHARE = 4_000;

const share = Number(process.env['JEST_WORKER_ID'] ?? 0) % SHARES;
/** Two sandboxes on one machine begin at different places; later draws go on from here, so that no port comes again soon. */
let next = Math.floor(Math.random() * PORTS_PER_SHARE);

/** A loopback port for each name, all different, on which nobody listens now. Rejects when the whole share is taken. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const ports: Partial<Record<Name, number>> = {};
  for (const name of names) ports[name] = await freePort();
  return ports as Record<Name, number>;
}

async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_PER_SHARE; tried += 1) {
    next = (next + 1) % PORTS_PER_SHARE;
    const port = FIRST_PORT + share * PORTS_PER_SHARE + next;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port of the ${PORTS_PER_SHARE} of share ${share} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
