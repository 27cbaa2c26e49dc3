import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The part of an openAPIV3Schema that our CRDs use. */
export interface CrdSchema {
  type?: string;
  description?: string;
  format?: string;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, CrdSchema>;
  additionalProperties?: CrdSchema;
  items?: CrdSchema;
  anyOf?: CrdSchema[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-validations'?: CelRule[];
}

export interface CelRule {
  rule: string;
  message: string;
  /** Where the failure is reported, below the schema that holds the rule. */
  fieldPath?: string;
}

/** One custom resource as its definition describes it. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The kind as a file name: `AWSNodeTemplate` is `aws-node-template`. */
  readonly fileName: string;
  readonly schema: CrdSchema;
}

/** Reads a CustomResourceDefinition. Throws when it does not have exactly one version: more would need more types. */
export function readCustomResource(file: string): CustomResource {
  const { spec } = parse(readFileSync(file, 'utf8'));
  if (spec.versions.length !== 1) throw new Error(`${file}: expected one version, found ${spec.versions.length}`);
  const kind: string = spec.names.kind;
  return {
    group: spec.group,
    version: spec.versions[0].name,
    kind,
    fileName: kind.replace(/([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3-$2').toLowerCase(),
    schema: spec.versions[0].schema.openAPIV3Schema,
  };
}
