import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

const CRUISER = join(process.cwd(), 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
const RULES = join(process.cwd(), '.dependency-cruiser.cjs');

/** A little tree with our folders: every import that the cases below plant has something to point at. */
const TARGETS: Readonly<Record<string, string>> = {
  'infra/config.ts': 'export const value = 1;',
  'infra/plan/tags.ts': 'export const value = 1;',
  'controller/src/config.ts': 'export interface Settings { value: number }\nexport const value = 1;',
  'controller/src/api/names.ts': 'export const value = 1;',
  'controller/src/api/defaulting.ts': 'export const value = 1;',
  'controller/src/core/resources.ts': 'export interface Resources { value: number }\nexport const value = 1;',
  'controller/src/core/scheduling/solve.ts': 'export interface Plan { value: number }\nexport const value = 1;',
  'controller/src/ports/kube.ts': 'export interface KubePort { value: number }\nexport const value = 1;',
  'controller/src/aws/fleet.ts': 'export const value = 1;',
  'controller/src/core/second.ts': "import { first } from './first.ts';\nexport const second = first;",
  'controller/test/fixture.ts': "import { readFileSync } from 'node:fs';\nexport const read = () => readFileSync('x');",
  'controller/test/cluster/control-plane.ts': 'export const value = 1;',
};

type Story = readonly [story: string, file: string, source: string];

const FORBIDDEN: readonly (readonly [...Story, wantRule: string])[] = [
  [
    'the core reaches for a port, even for its type',
    'controller/src/core/plan.ts',
    "import type { KubePort } from '../ports/kube.ts';\nexport type Plan = KubePort;",
    'core-imports',
  ],
  [
    'the Kubernetes adapter calls the AWS adapter',
    'controller/src/kube/port.ts',
    "import { value } from '../aws/fleet.ts';\nexport const plan = value;",
    'kube-imports',
  ],
  [
    'a loop goes round the ports',
    'controller/src/reconcile/launch.ts',
    "import { value } from '../aws/fleet.ts';\nexport const plan = value;",
    'reconcile-imports',
  ],
  [
    'a test of the core reads a file',
    'controller/src/core/solve.test.ts',
    "import { readFileSync } from 'node:fs';\nreadFileSync('x');",
    'core-tests-are-pure',
  ],
  [
    'a test of the core reads a file through somebody else',
    'controller/src/core/taints.test.ts',
    "import { read } from '../../test/fixture.ts';\nread();",
    'core-tests-stay-pure',
  ],
  [
    'two files wait for each other',
    'controller/src/core/first.ts',
    "import { second } from './second.ts';\nexport const first = second;",
    'no-cycles',
  ],
  [
    'the core asks Node for the time',
    'controller/src/core/age.ts',
    "import { performance } from 'node:perf_hooks';\nexport const age = performance.now();",
    'core-is-pure',
  ],
  [
    "the sandbox's scheduler borrows ours",
    'controller/sandbox/world/scheduler.ts',
    "import { value } from '../../src/core/scheduling/solve.ts';\nexport const plan = value;",
    'sandbox-imports-types-only',
  ],
  [
    'an adapter reads the settings by itself',
    'controller/src/aws/client.ts',
    "import { value } from '../config.ts';\nexport const plan = value;",
    'aws-imports-types-only',
  ],
  [
    'state holds on to a port',
    'controller/src/state/nodes.ts',
    "import { value } from '../ports/kube.ts';\nexport const plan = value;",
    'state-imports-types-only',
  ],
  [
    'the Pulumi program takes more than names from the controller',
    'infra/node-role.ts',
    "import { value } from '../controller/src/api/defaulting.ts';\nexport const role = value;",
    'infra-imports',
  ],
  [
    'the plan of the infrastructure depends on its resources',
    'infra/plan/policy.ts',
    "import { value } from '../config.ts';\nexport const policy = value;",
    'infra-plan-imports',
  ],
  [
    'the product imports its test bed',
    'controller/src/server/metrics.ts',
    "import { value } from '../../test/cluster/control-plane.ts';\nexport const plan = value;",
    'nothing-imports-tests',
  ],
];

const ALLOWED: readonly Story[] = [
  [
    'state names the type of a port',
    'controller/src/state/source.ts',
    "import type { KubePort } from '../ports/kube.ts';\nexport type Source = KubePort;",
  ],
  [
    "the sandbox speaks in the core's types",
    'controller/sandbox/aws/model.ts',
    "import type { Plan } from '../../src/core/scheduling/solve.ts';\nexport type Bought = Plan;",
  ],
  [
    'the Kubernetes adapter uses Node',
    'controller/src/kube/agent.ts',
    "import { Agent } from 'node:https';\nexport const agent = new Agent();",
  ],
  [
    'the infrastructure spells tags as the controller does',
    'infra/plan/discovery.ts',
    "import { value } from '../../controller/src/api/names.ts';\nexport const key = value;",
  ],
];

/** The names of the rules that each file breaks. One cruise for all stories: the cruiser's start is what takes time. */
function cruise(files: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'import-table-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const run = spawnSync(
      process.execPath,
      [CRUISER, '--config', RULES, '--output-type', 'json', 'infra', 'controller'],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    const report = JSON.parse(run.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
    const broken = Map.groupBy(report.summary.violations, (violation) => violation.from);
    return new Map([...broken].map(([file, violations]) => [file, violations.map((violation) => violation.rule.name)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the import table', () => {
  let rulesBroken: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    const planted = [...FORBIDDEN, ...ALLOWED].map(([, file, source]) => [file, source] as const);
    rulesBroken = cruise({ ...TARGETS, ...Object.fromEntries(planted) });
  });

  test.each(FORBIDDEN)('reports when %s', (_story, file, _source, wantRule) => {
    expect(rulesBroken.get(file)).toContain(wantRule);
  });

  test.each(ALLOWED)('says nothing when %s', (_story, file) => {
    expect(rulesBroken.get(file)).toBeUndefined();
  });
});
