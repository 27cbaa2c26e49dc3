import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { runPlan } from '../../../src/cli/plan-command.ts';

/** What one run of `plan` said. */
export interface PlanRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `plan` in this process. */
export function plan(...args: readonly string[]): PlanRun {
  let out = '';
  let err = '';
  const code = runPlan(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    hasColours: false,
  });
  return { code, out, err };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Writes files into a new folder and returns a function that gives their paths. */
export function files(contents: Readonly<Record<string, unknown>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  folders.push(folder);
  const pathOf = (name: string) => join(folder, name);
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(pathOf(name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return pathOf;
}

/** The result for one problem, which must be solvable. */
export function solved(problem: unknown, ...args: readonly string[]) {
  const run = plan('-f', files({ 'problem.json': problem })('problem.json'), '-o', 'json', ...args);
  if (run.code !== 0) throw new Error(run.err);
  return JSON.parse(run.out);
}

/** An instance type of as many cores and GiB, sold on demand in zone a and b at 0.1 USD a core. */
export function typeOf(name: string, cpu: number, rest: Readonly<Record<string, unknown>> = {}) {
  return {
    name,
    arch: 'amd64',
    os: ['linux'],
    capacity: { cpu: String(cpu), memory: `${cpu}Gi`, pods: '10' },
    overhead: { cpu: '500m' },
    offerings: ['a', 'b'].map((zone) => ({ zone, capacityType: 'on-demand', price: cpu / 10 })),
    ...rest,
  };
}

/** A Provisioner. */
export function provisioner(name: string, spec: Readonly<Record<string, unknown>> = {}) {
  return { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Provisioner', metadata: { name }, spec };
}

/** A pod of one core and half a GiB, unless told otherwise. */
export function pod(name: string, spec: Readonly<Record<string, unknown>> = {}, metadata = {}) {
  return { metadata: { name, ...metadata }, spec: { containers: [container()], ...spec } };
}

/** A container that requests so much. */
export function container(cpu = '1', memory = '512Mi') {
  return { name: 'main', resources: { requests: { cpu, memory } } };
}

/** A ready node of four cores in zone a. */
export function node(name: string, rest: { labels?: object; spec?: object; status?: object } = {}) {
  const amounts = { cpu: '4', memory: '4Gi', pods: '10' };
  return {
    metadata: {
      name,
      labels: {
        'karpenter.sh/provisioner-name': 'default',
        'karpenter.sh/initialized': 'true',
        'topology.kubernetes.io/zone': 'a',
        ...rest.labels,
      },
    },
    spec: rest.spec ?? {},
    status: rest.status ?? { capacity: amounts, allocatable: amounts },
  };
}

/** A namespace. */
export function namespace(name: string, labels: object = {}) {
  return { metadata: { name, labels } };
}

/** A problem of small (2 cores) and large (8 cores) types and one Provisioner, unless told otherwise. */
export function problem(rest: Readonly<Record<string, unknown>>) {
  return {
    format: 1,
    instanceTypes: [typeOf('small', 2), typeOf('large', 8)],
    provisioners: [provisioner('default')],
    ...rest,
  };
}
