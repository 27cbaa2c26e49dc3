import { parseDurationNanos } from './duration.ts';
import { type Problem, unless } from './problem.ts';
import type { KubeletConfiguration } from './provisioner.gen.ts';
import { parseQuantity } from './quantity.ts';

const SIGNALS: ReadonlySet<string> = new Set([
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
]);
const RESERVABLE: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage', 'pid']);
const PERCENTAGE = /^\+?0*(100(\.0*)?|[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)%$/;
const PATH = 'spec.kubeletConfiguration';

/** Returns what is wrong with `spec.kubeletConfiguration`. */
export function kubeletProblems(kubelet: KubeletConfiguration): readonly Problem[] {
  const { evictionHard = {}, evictionSoft = {}, evictionSoftGracePeriod: periods = {} } = kubelet;
  const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = kubelet;
  return [
    ...reservedProblems(kubelet.systemReserved ?? {}, `${PATH}.systemReserved`),
    ...reservedProblems(kubelet.kubeReserved ?? {}, `${PATH}.kubeReserved`),
    ...signalProblems(evictionHard, `${PATH}.evictionHard`, isThreshold, THRESHOLD),
    ...signalProblems(evictionSoft, `${PATH}.evictionSoft`, isThreshold, THRESHOLD),
    ...signalProblems(periods, `${PATH}.evictionSoftGracePeriod`, isDuration, 'not a duration such as 30s or 1m30s'),
    ...unmatched(evictionSoft, periods, `${PATH}.evictionSoft`, 'lacks a matching evictionSoftGracePeriod'),
    ...unmatched(
      periods,
      evictionSoft,
      `${PATH}.evictionSoftGracePeriod`,
      'lacks a matching threshold in evictionSoft',
    ),
    ...unless(
      high === undefined || low === undefined || high >= low,
      `${PATH}.imageGCHighThresholdPercent`,
      'must not be less than imageGCLowThresholdPercent',
    ),
  ];
}

function reservedProblems(reserved: Readonly<Record<string, string | number>>, path: string): readonly Problem[] {
  return [
    ...Object.keys(reserved).flatMap((name) =>
      unless(RESERVABLE.has(name), path, `${name} cannot be reserved; only ${[...RESERVABLE].join(', ')} can`),
    ),
    ...Object.entries(reserved).flatMap(([name, amount]) =>
      unless((parseQuantity(amount)?.nanos ?? 0n) >= 0n, `${path}[${name}]`, 'a reserve cannot be negative'),
    ),
  ];
}

function signalProblems(
  entries: Readonly<Record<string, string>>,
  path: string,
  isValid: (text: string) => boolean,
  message: string,
): readonly Problem[] {
  return Object.entries(entries).flatMap(([signal, text]) => [
    ...unless(SIGNALS.has(signal), path, `unknown eviction signal ${signal}; known are ${[...SIGNALS].join(', ')}`),
    ...unless(isValid(text), `${path}[${signal}]`, message),
  ]);
}

const THRESHOLD = 'not a percentage from 0% to 100%, nor a quantity that is not negative';

// A negative quantity passes upstream's check; the kubelet then refuses to start, and the node never joins.
function isThreshold(text: string): boolean {
  if (text.endsWith('%')) return PERCENTAGE.test(text);
  const quantity = parseQuantity(text);
  return quantity !== undefined && !text.startsWith('-');
}

const isDuration = (text: string): boolean => parseDurationNanos(text) !== undefined;

function unmatched(entries: object, others: object, path: string, message: string): readonly Problem[] {
  return Object.keys(entries).flatMap((signal) => unless(Object.hasOwn(others, signal), path, `${signal} ${message}`));
}
