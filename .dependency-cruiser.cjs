// The import table of docs/architecture.md, as a machine reads it. What a row does not allow is an error, imports of types included.
// The paths are relative to the folder that the cruiser runs in, so that a fixture tree can be checked with the same rules.

const src = (area) => `^controller/src/${area}/`;
const CONFIG = '^controller/src/config(-values)?\\.ts$';
const MAIN = '^controller/src/main\\.ts$';
const NAMES = '^controller/src/api/names\\.ts$';
const CORE_RESOURCES = '^controller/src/core/resources\\.ts$';
const SCENARIO = '^controller/sandbox/scenario/';
const TESTS = '\\.test\\.ts$|^controller/(test|bench)/';
const CORE_TESTS = `${src('core')}.*\\.test\\.ts$`;
const npm = (...packages) => packages.map((name) => `^node_modules/(@types/)?${name}(/|$)`);

/**
 * `from` is who imports; `may` what it may import; `mayTypes` what it may import only as types; `builtins` which of Node's own modules
 * it may use: all (true), none (an empty list) or these. Tests are no part of any row but the core's.
 */
const TABLE = [
  { area: 'core', from: src('core'), may: [src('core')], mayTypes: [], builtins: [] },
  { area: 'api', from: src('api'), may: [src('api'), ...npm('ajv', 'ajv-formats')], mayTypes: [], builtins: [] },
  { area: 'decode', from: src('decode'), may: [src('decode'), src('core'), src('api')], mayTypes: [], builtins: [] },
  { area: 'ports', from: src('ports'), may: [src('ports'), src('core'), src('api')], mayTypes: [], builtins: [] },
  {
    area: 'state',
    from: src('state'),
    may: [src('state'), src('core'), src('api'), src('decode')],
    mayTypes: [src('ports')],
    builtins: [],
  },
  {
    area: 'reconcile',
    from: src('reconcile'),
    may: [src('reconcile'), src('core'), src('api'), src('state'), src('ports')],
    mayTypes: [],
    builtins: ['crypto'],
  },
  {
    area: 'kube',
    from: src('kube'),
    may: [src('kube'), src('core'), src('api'), src('ports'), ...npm('@kubernetes/client-node')],
    mayTypes: [CONFIG],
    builtins: true,
  },
  {
    area: 'aws',
    from: src('aws'),
    may: [src('aws'), src('core'), src('api'), src('ports'), ...npm('@aws-sdk/[^/]+', '@smithy/[^/]+', 'smol-toml')],
    mayTypes: [CONFIG],
    builtins: true,
  },
  {
    area: 'telemetry',
    from: src('telemetry'),
    may: [src('telemetry'), src('core'), src('api'), src('ports'), ...npm('pino', 'prom-client')],
    mayTypes: [CONFIG],
    builtins: true,
  },
  {
    area: 'server',
    from: src('server'),
    may: [src('server'), src('core'), src('api'), src('state')],
    mayTypes: [src('ports')],
    builtins: true,
  },
  {
    area: 'cli',
    from: src('cli'),
    may: [
      src('cli'),
      src('core'),
      src('api'),
      src('decode'),
      src('state'),
      src('kube'),
      ...npm('yaml', '@kubernetes/client-node'),
    ],
    mayTypes: [],
    builtins: true,
  },
  // Settings are parsed before any adapter exists, so their parser knows none.
  { area: 'config', from: CONFIG, may: [CONFIG, src('core'), src('api')], mayTypes: [], builtins: true },
  {
    area: 'main',
    from: MAIN,
    may: ['^controller/src/', ...npm('@kubernetes/client-node')],
    mayTypes: [],
    builtins: true,
  },
  {
    // Not our decisions: a world that shared them would share their mistakes. The types of the core are the ports' own vocabulary.
    area: 'sandbox',
    from: '^controller/sandbox/',
    fromNot: SCENARIO,
    may: ['^controller/sandbox/', src('api'), src('ports'), CORE_RESOURCES, '^node_modules/'],
    mayTypes: [src('core')],
    builtins: true,
  },
  {
    area: 'sandbox-scenario',
    from: SCENARIO,
    may: [
      '^controller/sandbox/',
      src('api'),
      src('ports'),
      src('reconcile'),
      src('state'),
      CORE_RESOURCES,
      '^node_modules/',
    ],
    mayTypes: [src('core')],
    builtins: true,
  },
  {
    area: 'infra',
    from: '^infra/',
    fromNot: '^infra/(plan|provider)/',
    // The provider is a process of its own, which the engine starts: the program knows its resources, not its code.
    may: ['^infra/(?!provider/)', NAMES, ...npm('@pulumi/[^/]+', 'yaml')],
    mayTypes: [],
    builtins: ['crypto', 'fs', 'module', 'url'],
  },
  {
    area: 'infra-provider',
    from: '^infra/provider/',
    may: [
      '^infra/provider/',
      '^infra/plan/',
      NAMES,
      ...npm('@pulumi/pulumi', '@kubernetes/client-node', '@aws-sdk/client-(ec2|eks)'),
    ],
    mayTypes: [],
    builtins: true,
  },
  {
    area: 'infra-plan',
    from: '^infra/plan/',
    may: ['^infra/plan/', NAMES, ...npm('yaml')],
    mayTypes: [],
    builtins: ['crypto'],
  },
];

/** The rules of one row: one for values, one for what may come as a type only, one for Node's own modules. */
function rulesOf({ area, from, fromNot, may, mayTypes, builtins }) {
  const importer = { path: from, pathNot: fromNot === undefined ? TESTS : `${TESTS}|${fromNot}` };
  const rules = [
    {
      name: `${area}-imports`,
      comment: `${area} may import only: ${[...may, ...mayTypes.map((path) => `types of ${path}`)].join(', ')}`,
      severity: 'error',
      from: importer,
      to: { pathNot: [...may, ...mayTypes], dependencyTypesNot: ['core'] },
    },
  ];
  if (mayTypes.length > 0) {
    rules.push({
      name: `${area}-imports-types-only`,
      comment: `${area} may use these for their types: write \`import type\``,
      severity: 'error',
      from: importer,
      to: { path: mayTypes, pathNot: may, dependencyTypesNot: ['type-only'] },
    });
  }
  if (builtins !== true) {
    rules.push({
      name: `${area}-is-pure`,
      comment: `${area} uses no file, network, clock or process`,
      severity: 'error',
      from: importer,
      to: { dependencyTypes: ['core'], pathNot: builtins.map((name) => `^(node:)?${name}$`) },
    });
  }
  return rules;
}

module.exports = {
  forbidden: [
    ...TABLE.flatMap(rulesOf),
    {
      name: 'core-tests-are-pure',
      comment: 'The tests of the core run without network, clock and file access, or the core is not what it says.',
      severity: 'error',
      from: { path: CORE_TESTS },
      to: { pathNot: ['^controller/', ...npm('@jest/globals', 'fast-check')] },
    },
    {
      name: 'core-tests-stay-pure',
      comment: 'Nor does what they import.',
      severity: 'error',
      from: { path: CORE_TESTS },
      to: {
        path: '^(node:)?(child_process|dgram|dns|fs|http|http2|https|net|perf_hooks|process|timers|tls|worker_threads)(/|$)',
        reachable: true,
      },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(controller|infra|scripts)/', pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'nothing-imports-main',
      comment: 'The composition root is started, not imported.',
      severity: 'error',
      from: {},
      to: { path: MAIN },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle of types alone is gone before anything runs.',
      severity: 'error',
      from: { path: '^(controller|infra|scripts)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // sees imports of types, which are gone after compilation
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
    moduleSystems: ['es6'],
  },
};
