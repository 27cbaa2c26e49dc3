import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { HEAP_MIB_MAX, IMAGE_ENVIRONMENT, IMAGE_NODE_FLAGS } from './node-settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');

test('the controller of tests starts Node as its image does', () => {
  const dockerfile = read('controller', 'Dockerfile');
  const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
  expect(JSON.parse(entrypoint)).toEqual(['node', ...IMAGE_NODE_FLAGS, 'main.js']);
  for (const [name, value] of Object.entries(IMAGE_ENVIRONMENT)) expect(dockerfile).toContain(`ENV ${name}=${value}\n`);
});

test('its heap may grow as far as Node lets it in the container of the Deployment', () => {
  const { spec } = parse(read('manifests', 'base', 'deployment.yaml')) as {
    spec: { template: { spec: { containers: [{ resources: { limits: { memory: string } } }] } } };
  };
  const [, gib] = /^(\d+)Gi$/.exec(spec.template.spec.containers[0].resources.limits.memory) ?? [];
  expect(HEAP_MIB_MAX).toBe((Number(gib) * 1024) / 2);
});
