import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { startWireCluster } from '../../sandbox/wire-cluster.ts';

const STORY = fileURLToPath(new URL('../../sandbox/story.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TEST_MS_MAX = 60_000;

function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env.PATH, ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8');
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Calls back with a port that something listens on. */
async function withTakenPort<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as { port: number }).port);
  } finally {
    server.close();
  }
}

describe('wrong usage', () => {
  test('of npm start ends with 2 and every problem', async () => {
    const { code, out, err } = await run(STORY, ['--kep', '--port', 'x', 'now']);
    expect(code).toBe(2);
    expect(out).toBe('');
    for (const problem of ['--kep is unknown', '--port needs a number', '"now" is not an option'])
      expect(err).toContain(problem);
  });

  test(
    'a port that is taken is named, by npm start and by the controller',
    async () => {
      await withTakenPort(async (port) => {
        const story = await run(STORY, ['--port', String(port)]);
        expect(story.code).toBe(1);
        expect(story.err).toContain(`port ${port} is in use`);
      });
      const cluster = await startWireCluster();
      try {
        await withTakenPort(async (port) => {
          const env = {
            KUBECONFIG: cluster.kubeconfigPath,
            AWS_REGION: 'us-east-1',
            HEALTH_PROBE_PORT: String(port),
            METRICS_PORT: '0',
          };
          const main = await run(MAIN, [], { ...env, METRICS_PORT: String(port + 1 > 65_535 ? port - 1 : port + 1) });
          expect(main.code).toBe(1);
          expect(main.err).toContain(String(port));
        });
      } finally {
        await cluster.close();
      }
    },
    TEST_MS_MAX,
  );

  test('of the controller ends with 2 and every problem', async () => {
    const { code, err } = await run(MAIN, ['--metrics-prot', '1', '--log-level', 'loud'], { METRICS_PORT: '99999999' });
    expect(code).toBe(2);
    for (const problem of ['--metrics-prot', 'loud', '99999999']) expect(err).toContain(problem);
  });

  test(
    'settings that are broken end the controller with 2 and every problem, each with its key',
    async () => {
      const cluster = await startWireCluster();
      try {
        cluster.store.mergePatch('ConfigMap', 'karpenter-global-settings', 'karpenter', {
          data: { batchMaxDuration: 'soon', 'aws.reservedENIs': '-1', 'aws.clusterEndpoint': 'nowhere' },
        });
        await cluster.controller.start();
        expect(await cluster.controller.exited).toBe(2);
        const said = cluster.controllerLog.lines().join('\n');
        for (const key of ['batchMaxDuration', 'aws.reservedENIs', 'aws.clusterEndpoint']) expect(said).toContain(key);
      } finally {
        await cluster.close();
      }
    },
    TEST_MS_MAX,
  );
});
