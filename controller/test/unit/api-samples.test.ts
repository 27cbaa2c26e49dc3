import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { AWSNodeTemplate } from '../../src/api/aws-node-template.gen.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { Provisioner } from '../../src/api/provisioner.gen.ts';
import { validateProvisioner, validateTemplate } from '../../src/api/validation.ts';
import { admissionProblems } from './crd-admission.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

interface Sample {
  readonly why: string;
  readonly path: string;
  readonly object: Provisioner | AWSNodeTemplate;
}

function samplesIn(folder: string): readonly Sample[] {
  const names = readdirSync(join(SAMPLES, folder)).sort();
  return names.map((name) => {
    const text = readFileSync(join(SAMPLES, folder, name), 'utf8');
    const [first = '', second = ''] = text.split('\n');
    return { why: `${name}: ${first.slice(2)}`, path: second.replace('# path: ', ''), object: parse(text) };
  });
}

function validate(object: Provisioner | AWSNodeTemplate): readonly Problem[] {
  return object.kind === 'AWSNodeTemplate'
    ? validateTemplate(object as AWSNodeTemplate)
    : validateProvisioner(object as Provisioner);
}

const pathsOf = (problems: readonly Problem[]): readonly string[] => [...new Set(problems.map(({ path }) => path))];

describe('an object that is refused', () => {
  test.each(samplesIn('refused'))('$why', ({ path, object }) => {
    expect({ by: 'CRD', paths: pathsOf(admissionProblems(object)) }).toEqual({ by: 'CRD', paths: [path] });
    expect({ by: 'controller', paths: pathsOf(validate(object)) }).toEqual({ by: 'controller', paths: [path] });
  });
});

describe('an object that is accepted', () => {
  test.each(samplesIn('accepted'))('$why', ({ object }) => {
    expect(admissionProblems(object)).toEqual([]);
    expect(validate(object)).toEqual([]);
  });
});
