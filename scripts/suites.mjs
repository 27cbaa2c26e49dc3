// Which suites there are, and which real parts each of them runs against.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

// Suites that mostly wait for real processes: with as many workers as cores, half of the machine stands idle.
const WAITING = { workers: 3 };

/** jest's project of the same name; `parts` are names in parts.mjs. `soak` is long and runs only when asked for by name. */
export const SUITES = [
  { name: 'unit', parts: [], runsByDefault: true },
  { name: 'sandbox', parts: [], runsByDefault: true, ...WAITING },
  { name: 'aws', parts: ['moto_server'], runsByDefault: true },
  {
    name: 'pulumi',
    parts: [
      'pulumi',
      'pulumi-resource-kubernetes',
      'control-plane',
      'moto_server',
      // For their CRDs.
      'argocd',
      'kustomize-controller',
    ],
    runsByDefault: true,
  },
  { name: 'cluster', parts: ['control-plane'], runsByDefault: true, ...WAITING },
  {
    name: 'gitops',
    parts: ['control-plane', 'kustomize-controller', 'argocd', 'kustomize'],
    runsByDefault: true,
  },
  { name: 'peer', parts: ['karpenter-scheduler'], runsByDefault: true },
  { name: 'soak', parts: ['control-plane'], runsByDefault: false },
];

/** Test files of a suite that lives in controller/test/: as many are skipped when its parts are missing. */
export const testFileCount = (suite) =>
  readdirSync(join(root, 'controller', 'test', suite.name), { recursive: true }).filter((file) =>
    file.endsWith('.test.ts'),
  ).length;
