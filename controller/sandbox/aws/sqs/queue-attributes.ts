import { AwsError } from '../aws-error.ts';
import { parseResourcePolicy } from './resource-policy.ts';

/** Lowest and highest value, and what holds when nothing is set. */
const NUMBERS: Readonly<Record<string, { readonly min: number; readonly max: number; readonly fallback: number }>> = {
  DelaySeconds: { min: 0, max: 900, fallback: 0 },
  MaximumMessageSize: { min: 1_024, max: 1_048_576, fallback: 1_048_576 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, fallback: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, fallback: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, fallback: 30 },
};

/** Texts that are kept as they are. */
const TEXTS: readonly string[] = ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'RedrivePolicy'];

/** Throws InvalidAttributeName or InvalidAttributeValue for the first attribute that a standard queue does not take. */
export function checkQueueAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!isGoodValue(name, value)) {
      throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
  }
}

function isGoodValue(name: string, value: string): boolean {
  const range = NUMBERS[name];
  if (range !== undefined) return /^\d+$/.test(value) && Number(value) >= range.min && Number(value) <= range.max;
  if (name === 'SqsManagedSseEnabled') return value === 'true' || value === 'false';
  if (name === 'Policy') return value === '' || parseResourcePolicy(value) !== undefined;
  if (TEXTS.includes(name)) return true;
  throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

/** The seconds, or bytes, that hold for the queue: as set, or SQS's own. */
export function numericAttribute(attributes: Readonly<Record<string, string>>, name: string): number {
  return Number(attributes[name] ?? NUMBERS[name]?.fallback);
}

/** What GetQueueAttributes says of settings: those that were set over SQS's own. */
export function effectiveAttributes(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const numbers = Object.entries(NUMBERS).map(([name, { fallback }]) => [name, String(fallback)]);
  // A key of the customer's takes the place of SQS's.
  const ownsKey = attributes.KmsMasterKeyId !== undefined;
  return { ...Object.fromEntries(numbers), SqsManagedSseEnabled: String(!ownsKey), ...attributes };
}
