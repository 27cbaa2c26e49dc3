import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/api/meta.ts';
import { createVirtualTimers } from '../virtual-timers.ts';
import { createObjectStore } from './create-object-store.ts';
import { readDefinitions } from './custom-kinds.ts';

const SAMPLES = join(import.meta.dirname, '../../test/samples');
const store = createObjectStore({ timers: createVirtualTimers(0), crds: readDefinitions('manifests/crds') });

interface Sample {
  readonly name: string;
  /** The field that the sample is refused for, as its second line names it. */
  readonly path: string;
  readonly object: KubeObject;
}

function samples(folder: string): Sample[] {
  return readdirSync(join(SAMPLES, folder))
    .sort()
    .map((name) => {
      const text = readFileSync(join(SAMPLES, folder, name), 'utf8');
      return { name, path: text.split('\n')[1]?.replace('# path: ', '') ?? '', object: parse(text) };
    });
}

const admit = (object: KubeObject) =>
  store.create(object.kind as string, object, { fieldValidation: 'Strict', dryRun: true });

/** A schema error names the entry of a map as `labels.team`, a CEL rule as `labels[team]`: both do, as on a real server. */
const dotted = (text: string) => text.replace(/\[([a-zA-Z][^\]]*)\]/g, '.$1');

function refusal(object: KubeObject): string {
  try {
    admit(object);
  } catch (error) {
    return dotted((error as Error).message);
  }
  return 'accepted';
}

describe('the sandbox agrees with the samples', () => {
  test.each(samples('accepted'))('$name is accepted', ({ object }) => {
    expect(admit(object).spec).toEqual(object.spec);
  });

  test.each(samples('refused'))('$name is refused at $path', ({ path, object }) => {
    expect(refusal(object)).toContain(dotted(path));
  });
});
