import type { ObjectMeta } from '../../src/api/meta.ts';
import { type FieldProblem, invalidValue } from './status-errors.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_LABEL_LENGTH_MAX = 63;
const DNS_SUBDOMAIN_LENGTH_MAX = 253;
const NAME_PART_LENGTH_MAX = 63;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character " +
  "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Kinds whose names are DNS labels: they become part of host names. */
const LABEL_NAMED_KINDS = new Set(['Namespace', 'Service']);

/** What is wrong with an object's name, label keys and values, and annotation keys. */
export function metadataProblems(kind: string, metadata: ObjectMeta): FieldProblem[] {
  return [
    ...nameProblems(kind, metadata.name),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => [
      ...keyProblems('metadata.labels', key),
      ...labelValueProblems('metadata.labels', value),
    ]),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) => keyProblems('metadata.annotations', key.toLowerCase())),
    ...(metadata.finalizers ?? []).flatMap((name) => keyProblems('metadata.finalizers', name)),
  ];
}

function nameProblems(kind: string, name: string): FieldProblem[] {
  if (LABEL_NAMED_KINDS.has(kind)) {
    return DNS_LABEL.test(name) && name.length <= DNS_LABEL_LENGTH_MAX
      ? []
      : [invalidValue('metadata.name', name, LABEL_RULE)];
  }
  return DNS_SUBDOMAIN.test(name) && name.length <= DNS_SUBDOMAIN_LENGTH_MAX
    ? []
    : [invalidValue('metadata.name', name, SUBDOMAIN_RULE)];
}

/** What is wrong with a qualified name (`example.com/name`). */
function keyProblems(field: string, key: string): FieldProblem[] {
  const slash = key.indexOf('/');
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  if (prefix !== undefined && (!DNS_SUBDOMAIN.test(prefix) || prefix.length > DNS_SUBDOMAIN_LENGTH_MAX)) {
    return [invalidValue(field, key, `prefix part ${SUBDOMAIN_RULE}`)];
  }
  return NAME_PART.test(name) && name.length <= NAME_PART_LENGTH_MAX ? [] : [invalidValue(field, key, KEY_RULE)];
}

/** What is wrong with the value of a label. */
function labelValueProblems(field: string, value: string): FieldProblem[] {
  if (value.length > NAME_PART_LENGTH_MAX)
    return [invalidValue(field, value, `must be no more than ${NAME_PART_LENGTH_MAX} characters`)];
  return value === '' || NAME_PART.test(value) ? [] : [invalidValue(field, value, LABEL_VALUE_RULE)];
}
