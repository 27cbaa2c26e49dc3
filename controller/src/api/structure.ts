import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { Problem } from './problem.ts';
import { parseQuantity } from './quantity.ts';
import { SCHEMAS } from './schemas.gen.ts';

/** The part of JSON Schema that `schemas.gen.ts` uses. */
interface Schema {
  readonly type: string | readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
}

// What an inline provider never had: they came with AWSNodeTemplate.
const NOT_INLINE: ReadonlySet<string> = new Set(['amiSelector', 'userData', 'detailedMonitoring']);

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
ajvFormats.default(ajv);
ajv.addFormat('quantity', (text: string) => parseQuantity(text) !== undefined);

/** Returns what is wrong with the structure of an object: types, bounds, required and unknown fields. */
export type StructureCheck = (value: unknown) => readonly Problem[];

/** Structure of a Provisioner; what `spec.provider` holds is left to `inlineProviderStructure`. */
export const provisionerStructure: StructureCheck = checkOf(SCHEMAS.Provisioner as Schema, '');

/** Structure of an AWSNodeTemplate. */
export const templateStructure: StructureCheck = checkOf(SCHEMAS.AWSNodeTemplate as Schema, '');

/** Structure of what stands under `spec.provider`: a template's spec in which everything is optional. */
export const inlineProviderStructure: StructureCheck = checkOf(inlineProviderSchema(), 'spec.provider');

function inlineProviderSchema(): Schema {
  const { spec } = (SCHEMAS.AWSNodeTemplate as Schema).properties ?? {};
  if (spec?.properties === undefined) throw new Error('the schema of AWSNodeTemplate has no spec');
  const fields = Object.entries(spec.properties).filter(([name]) => !NOT_INLINE.has(name));
  return { type: 'object', properties: Object.fromEntries(fields), additionalProperties: false };
}

function checkOf(schema: Schema, root: string): StructureCheck {
  let validate: ValidateFunction | undefined;
  return (value) => {
    // Compiled when first asked for: a command that validates nothing does not pay for it.
    validate ??= ajv.compile(schema);
    return validate(value) ? [] : (validate.errors ?? []).map((error) => problemOf(error, schema, root));
  };
}

function problemOf(error: ErrorObject, schema: Schema, root: string): Problem {
  const steps = error.instancePath.split('/').slice(1).map(unescaped);
  const { missingProperty, additionalProperty } = error.params as {
    missingProperty?: string;
    additionalProperty?: string;
  };
  const last = missingProperty ?? additionalProperty;
  return { path: pathOf(last === undefined ? steps : [...steps, last], schema, root), message: messageOf(error) };
}

/** Returns a path as Kubernetes writes it: fields behind dots, list positions and map keys in brackets. */
function pathOf(steps: readonly string[], schema: Schema, root: string): string {
  let path = root;
  let current: Schema | undefined = schema;
  for (const step of steps) {
    const isEntry: boolean = current?.items !== undefined || Boolean(current?.additionalProperties);
    path += isEntry ? `[${step}]` : `.${step}`;
    current = current?.properties?.[step] ?? current?.items ?? (current?.additionalProperties || undefined);
  }
  return path.replace(/^\./, '');
}

// JSON Pointer's two escapes.
const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

function messageOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'unknown field';
    case 'enum':
      return `must be one of ${(error.params.allowedValues as string[]).map((value) => value || '""').join(', ')}`;
    case 'format':
      return error.params.format === 'quantity' ? 'not a quantity' : `not a ${error.params.format}`;
    case 'pattern':
      // Label values are all that has a pattern; other texts have a rule, which can say what it wants.
      return 'not a label value';
    default:
      return error.message ?? error.keyword;
  }
}
