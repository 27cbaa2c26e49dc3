// ESM throughout: @kubernetes/client-node 2 ships nothing else. swc only strips types; `npm run check` is what checks them.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
      module: { type: 'es6' },
    },
  ],
};
const project = (displayName, testMatch, rest = {}) => ({
  displayName,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testMatch,
  ...rest,
});

// Real processes and whole clusters on two cores that others use as well: jest's 5 s were missed by tests that take 1 s alone.
const TEST_MS_MAX = 30_000;

export default {
  testTimeout: TEST_MS_MAX,
  testSequencer: './scripts/longest-first.mjs',
  projects: [
    project('unit', [
      '<rootDir>/controller/{src,sandbox,bench}/**/*.test.ts',
      '<rootDir>/controller/test/unit/**/*.test.ts',
      '<rootDir>/infra/**/*.test.ts',
      '<rootDir>/scripts/**/*.test.ts',
    ]),
    project('sandbox', ['<rootDir>/controller/test/sandbox/**/*.test.ts']),
    project('aws', ['<rootDir>/controller/test/aws/**/*.test.ts']),
    project('pulumi', ['<rootDir>/controller/test/pulumi/**/*.test.ts']),
    project('cluster', ['<rootDir>/controller/test/cluster/**/*.test.ts']),
    project('gitops', ['<rootDir>/controller/test/gitops/**/*.test.ts']),
    project('peer', ['<rootDir>/controller/test/peer/**/*.test.ts']),
    project('soak', ['<rootDir>/controller/test/soak/**/*.test.ts']),
  ],
};
