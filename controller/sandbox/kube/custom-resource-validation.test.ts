import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { customResourceRules } from './custom-resource-validation.ts';
import type { StructuralSchema } from './structural-schema.ts';

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [
        { rule: "self.mode != 'fast' || has(self.limit)", message: 'fast needs a limit', fieldPath: '.limit' },
        { rule: 'self.mode == oldSelf.mode', message: 'mode cannot be changed' },
      ],
      properties: {
        mode: { type: 'string', default: 'slow' },
        limit: { type: 'integer' },
        share: { 'x-kubernetes-int-or-string': true },
        anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        'dashed-name': { type: 'string' },
        byName: {
          type: 'object',
          additionalProperties: {
            type: 'string',
            'x-kubernetes-validations': [{ rule: "self != ''", messageExpression: "'empty: ' + self" }],
          },
        },
        items: {
          type: 'array',
          items: {
            type: 'object',
            properties: { n: { type: 'integer' } },
            'x-kubernetes-validations': [
              { rule: 'self.n > 0', reason: 'FieldValueForbidden', message: 'n counts from 1' },
            ],
          },
        },
      },
    },
  },
} as StructuralSchema;

const rules = customResourceRules(schema);
const object = (spec: unknown): KubeObject => ({ apiVersion: 'a.b/v1', kind: 'Thing', metadata: { name: 'x' }, spec });
const admitted = (spec: unknown) => {
  const decoded = rules.decode(object(spec));
  rules.fillDefaults(decoded.object, undefined);
  return decoded;
};
const told = (spec: unknown, old?: unknown) => {
  const problems = rules.problems(admitted(spec).object, old === undefined ? undefined : admitted(old).object);
  return problems.map(({ field, message }) => `${field}: ${message}`);
};

describe('a custom resource', () => {
  test('loses fields that its schema does not know, except where the schema keeps them', () => {
    const { object: kept, unknownFields } = admitted({
      mode: 'slow',
      typo: 1,
      items: [{ n: 1, m: 2 }],
      anything: { goes: { deep: 1 } },
    });
    expect(unknownFields).toEqual(['spec.typo', 'spec.items[0].m']);
    expect(kept.spec).toEqual({ mode: 'slow', items: [{ n: 1 }], anything: { goes: { deep: 1 } } });
  });

  test('gets the defaults of its schema, for a null too', () => {
    expect(admitted({ mode: null }).object.spec).toEqual({ mode: 'slow' });
  });

  test.each([
    [
      'a value of the wrong type',
      { limit: 'x' },
      ['spec.limit: Invalid value: "string": spec.limit in body must be of type integer: "string"'],
    ],
    ['a rule at the object', { mode: 'fast' }, ['spec.limit: Invalid value: "object": fast needs a limit']],
    [
      'a rule at the values of a map, with its computed message',
      { byName: { a: '', b: 'x' } },
      ['spec.byName[a]: Invalid value: "string": empty: '],
    ],
    [
      'a rule at the items of a list, with its reason',
      { items: [{ n: 1 }, { n: 0 }] },
      ['spec.items[1]: Forbidden: n counts from 1'],
    ],
    [
      'neither number nor text',
      { share: true },
      ['spec.share: Invalid value: "boolean": spec.share in body must be of type integer or string: "boolean"'],
    ],
  ])('is refused for %s', (_what, spec, wantTold) => {
    expect(told(spec)).toEqual(wantTold);
  });

  test('may be a number or a text where its schema says so', () => {
    expect(told({ share: 5 })).toEqual([]);
    expect(told({ share: '5%' })).toEqual([]);
  });

  test('is compared with what it was before, and only then', () => {
    expect(told({ mode: 'fast', limit: 1 })).toEqual([]);
    expect(told({ mode: 'fast', limit: 1 }, { mode: 'slow' })).toEqual([
      'spec: Invalid value: "object": mode cannot be changed',
    ]);
  });

  test('whose rule cannot be evaluated is refused, and the rule is named', () => {
    expect(told({ items: [{}] })[0]).toContain('rule evaluation error');
  });
});
