import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePorts } from '../controller/sandbox/free-ports.ts';

const ROOT = join(import.meta.dirname, '..');
/** Making the bundle takes a second or two, a cold start of it under one; the machine may have a lot else to do. */
const START_MS_MAX = 30_000;
const LOOK_EVERY_MS = 50;

const bundle = (out: string) =>
  spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.ts'), '--out', out], { encoding: 'utf8' });

/** The status that the URL answers with, as soon as it answers. */
async function statusOf(url: string): Promise<number> {
  const endMs = performance.now() + START_MS_MAX;
  for (;;) {
    const response = await fetch(url).catch((error: unknown) => {
      if (performance.now() > endMs) throw error;
    });
    if (response) return response.status;
    await delay(LOOK_EVERY_MS);
  }
}

describe("the controller's bundle", () => {
  let folder: string;
  let running: ChildProcess | undefined;

  beforeAll(() => {
    // Far from node_modules: what the bundle lacks it must not find by chance.
    folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bundle-'));
    expect(bundle(join(folder, 'dist'))).toMatchObject({ status: 0, stderr: '' });
  }, START_MS_MAX);

  afterAll(() => {
    running?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = (more: Readonly<Record<string, string>>) => ({ PATH: '', NODE_ENV: 'production', ...more });

  test(
    'starts without the repository, and names every wrong flag',
    () => {
      const run = spawnSync(process.execPath, ['main.js', '--metric-port=1', '--log-level=loud'], {
        cwd: join(folder, 'dist'),
        env: environment({}),
        encoding: 'utf8',
      });
      expect(run.status).toBe(2);
      expect(run.stderr).toContain('flag --metric-port: is unknown');
      expect(run.stderr).toContain('flag --log-level:');
    },
    START_MS_MAX,
  );

  test(
    'answers its probe, which the thread beside it serves',
    async () => {
      const ports = await freePorts(['health', 'metrics', 'nobody']);
      const kubeconfig = join(folder, 'kubeconfig.json');
      const cluster = { server: `http://127.0.0.1:${ports.nobody}` };
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          clusters: [{ name: 'nowhere', cluster }],
          users: [{ name: 'nobody', user: { token: 'a-token' } }],
          contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
          'current-context': 'nowhere',
        }),
      );
      const flags = [`--health-probe-port=${ports.health}`, `--metrics-port=${ports.metrics}`, '--leader-elect=false'];
      running = spawn(process.execPath, ['main.js', ...flags], {
        cwd: join(folder, 'dist'),
        env: environment({ KUBECONFIG: kubeconfig, AWS_REGION: 'us-east-1', SYSTEM_NAMESPACE: 'karpenter' }),
        stdio: 'ignore',
      });
      expect(await statusOf(`http://127.0.0.1:${ports.health}/healthz`)).toBe(200);
    },
    START_MS_MAX,
  );

  test('lists each package that is in it, in the version of the lock, and no other', () => {
    // The bundler leaves a comment with its path before each file.
    const paths = ['main.js', 'lease-worker-thread.js'].flatMap((file) => {
      const text = readFileSync(join(folder, 'dist', file), 'utf8');
      return [...text.matchAll(/^\s*\/\/ (?:\S*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm)].map(
        ([, name]) => name,
      );
    });
    const { components } = JSON.parse(readFileSync(join(folder, 'dist', 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string; purl: string; hashes: { content: string }[] }[];
    };
    expect([...new Set(components.map(({ name }) => name))].sort()).toEqual([...new Set(paths)].sort());
    expect(paths).toContain('@kubernetes/client-node');
    expect(paths).not.toContain('@pulumi/pulumi');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/pino/package.json'), 'utf8')) as {
      version: string;
    };
    expect(components.find(({ name }) => name === 'pino')?.purl).toBe(`pkg:npm/pino@${version}`);
    // SHA-512 in hex.
    expect(components.filter(({ hashes }) => hashes[0]?.content.length !== 128)).toEqual([]);
  });

  test(
    'is the same, byte for byte, when it is made again',
    () => {
      expect(bundle(join(folder, 'again'))).toMatchObject({ status: 0 });
      const files = readdirSync(join(folder, 'dist')).sort();
      expect(readdirSync(join(folder, 'again')).sort()).toEqual(files);
      for (const file of files) {
        const [first, second] = ['dist', 'again'].map((name) => readFileSync(join(folder, name, file)));
        expect([file, first?.equals(second as Buffer)]).toEqual([file, true]);
      }
    },
    START_MS_MAX,
  );

  test(
    'does not empty a folder that holds something else',
    () => {
      const out = mkdtempSync(join(folder, 'home-'));
      writeFileSync(join(out, 'letter.txt'), 'dear all');
      expect(bundle(out).status).not.toBe(0);
      expect(readdirSync(out)).toEqual(['letter.txt']);
    },
    START_MS_MAX,
  );
});

describe("the image's recipe", () => {
  const recipe = readFileSync(join(ROOT, 'controller', 'Dockerfile'), 'utf8');
  const instructions = recipe.split('\n').filter((line) => /^[A-Z]/.test(line));

  test('takes its base by digest and brings none of its own', () => {
    expect(instructions.slice(0, 3)).toEqual([
      'ARG BASE_IMAGE',
      'ARG BASE_IMAGE_DIGEST',
      'FROM ${BASE_IMAGE}@${BASE_IMAGE_DIGEST}',
    ]);
    expect(recipe).not.toMatch(/sha256:[0-9a-f]{64}/);
  });

  test('needs no shell, and runs as nobody in particular', () => {
    expect(instructions.filter((line) => /^(RUN|SHELL|ADD)\b/.test(line))).toEqual([]);
    expect(instructions).toContain('USER 65536:65536');
    expect(instructions.at(-1)).toMatch(/^ENTRYPOINT \["node", .*"main.js"\]$/);
  });
});
