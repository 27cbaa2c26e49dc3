import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  PROVISIONER_NAME_LABEL,
  ZONE_LABEL,
} from '../api/names.ts';
import type { InstanceType, Offering } from '../core/instance-type.ts';
import { type Expression, requirementsOf } from '../core/requirements.ts';
import { type Resources, subtractResources } from '../core/resources.ts';
import type { Field } from '../decode/field.ts';
import { readResources } from '../decode/resources.ts';
import { fail } from '../decode/undecodable.ts';
import type { FileFindings } from './findings.ts';
import { amountProblems } from './part-problems.ts';

const NANO_PER_USD = 1_000_000_000;
const CAPACITY_TYPES = ['on-demand', 'spot'] as const;

/** An instance type as it stands in a file. */
export interface InstanceTypeRecord {
  readonly name: string;
  readonly arch: string;
  readonly os: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Resources;
  readonly overhead: Resources;
  readonly offerings: readonly Offering[];
}

/** Reads one record; undefined when something is wrong with it, all of which is taken down. */
export function readInstanceType(record: Field, findings: FileFindings): InstanceTypeRecord | undefined {
  if (findings.read(() => record.entries()) === undefined) return undefined;
  const name = findings.read(() => filledText(record.at('name')));
  const arch = findings.read(() => filledText(record.at('arch')));
  const os = findings.read(() => filledTexts(record.at('os')));
  const labels = findings.read(() => record.at('labels').textMap());
  const capacity = readAmounts(record.at('capacity'), 'down', findings);
  const overhead = readAmounts(record.at('overhead'), 'up', findings);
  const items = findings.read(() => record.at('offerings').items());
  const offerings = items?.map((item) => findings.read(() => readOffering(item)));
  if (offerings === undefined || offerings.includes(undefined)) return undefined;
  if (name === undefined || arch === undefined || os === undefined || labels === undefined) return undefined;
  if (capacity === undefined || overhead === undefined) return undefined;
  return { name, arch, os, labels, capacity, overhead, offerings: offerings.filter((each) => each !== undefined) };
}

function readAmounts(field: Field, rounding: 'up' | 'down', findings: FileFindings): Resources | undefined {
  const problems = amountProblems(field);
  for (const { path, message } of problems) findings.add(path, message);
  return problems.length > 0 ? undefined : readResources(field, rounding);
}

function readOffering(offering: Field): Offering {
  const available = offering.at('available');
  return {
    zone: filledText(offering.at('zone')),
    capacityType: offering.at('capacityType').oneOf(CAPACITY_TYPES),
    priceNanoUsdPerHour: readPrice(offering.at('price')),
    available: available.isAbsent || available.flag(),
  };
}

function readPrice({ path, value }: Field): number {
  const priceNanoUsd = typeof value === 'number' ? Math.round(value * NANO_PER_USD) : Number.NaN;
  if (Number.isSafeInteger(priceNanoUsd) && priceNanoUsd >= 0) return priceNanoUsd;
  return fail(path, `must be a price in USD per hour, is ${JSON.stringify(value) ?? 'absent'}`);
}

function filledText(field: Field): string {
  const text = field.text();
  return text === '' ? fail(field.path, 'must not be empty') : text;
}

function filledTexts(field: Field): string[] {
  const texts = field.items().map(filledText);
  return texts.length === 0 ? fail(field.path, 'needs one') : texts;
}

/** The instance types of a problem and the labels that nodes can be asked for by the types' own words. */
export interface InstanceTypeList {
  readonly types: readonly InstanceType[];
  readonly wellKnownLabels: ReadonlySet<string>;
}

/** Turns the records of all files into instance types: a key that any of them carries is one that the others do not have. */
export function instanceTypesOf(records: readonly InstanceTypeRecord[]): InstanceTypeList {
  const keys = new Set(records.flatMap(({ labels }) => Object.keys(labels)));
  const followed = [INSTANCE_TYPE_LABEL, ARCH_LABEL, OS_LABEL, ZONE_LABEL, CAPACITY_TYPE_LABEL];
  return {
    types: records.map((record) => instanceTypeOf(record, keys)),
    wellKnownLabels: new Set([PROVISIONER_NAME_LABEL, ...followed, ...keys]),
  };
}

function instanceTypeOf(record: InstanceTypeRecord, keys: ReadonlySet<string>): InstanceType {
  const { name, arch, os, labels, capacity, overhead, offerings } = record;
  const available = offerings.filter((offering) => offering.available);
  const stated = [...keys].map((key): Expression => {
    if (!Object.hasOwn(labels, key)) return { key, operator: 'DoesNotExist', values: [] };
    return { key, operator: 'In', values: [labels[key] as string] };
  });
  const followed: Expression[] = [
    { key: INSTANCE_TYPE_LABEL, operator: 'In', values: [name] },
    { key: ARCH_LABEL, operator: 'In', values: [arch] },
    { key: OS_LABEL, operator: 'In', values: os },
    { key: ZONE_LABEL, operator: 'In', values: available.map(({ zone }) => zone) },
    { key: CAPACITY_TYPE_LABEL, operator: 'In', values: available.map(({ capacityType }) => capacityType) },
  ];
  // A key that follows from another field says nothing new when a record repeats it, and nothing about those that do not.
  const own = stated.filter(({ key }) => !followed.some((expression) => expression.key === key));
  return {
    name,
    requirements: requirementsOf([...followed, ...own]),
    capacity,
    allocatable: subtractResources(capacity, overhead),
    offerings,
  };
}
