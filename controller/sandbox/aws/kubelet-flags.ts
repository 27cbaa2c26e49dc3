import type { Taint } from '../../src/core/taints.ts';
import type { KubeletSettings } from './node-boot.ts';

export interface KubeletFlags {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly settings: KubeletSettings;
}

/** What kubelet's command line says: flags as `--name=value` or `--name value`; of a repeated flag the last counts. */
export function parseKubeletFlags(words: readonly string[]): KubeletFlags {
  const flags = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const [, name, inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(words[i] ?? '') ?? [];
    if (name === undefined) continue;
    const following = words[i + 1];
    flags.set(name, inline ?? (following === undefined || following.startsWith('--') ? 'true' : following));
  }
  const map = (name: string, separator: string): Record<string, string> | undefined => {
    const text = flags.get(name);
    return text === undefined ? undefined : parsePairs(text, separator);
  };
  return {
    labels: map('node-labels', '=') ?? {},
    taints: splitList(flags.get('register-with-taints') ?? '').map(parseTaint),
    settings: dropAbsent({
      maxPods: wholeNumber(flags.get('max-pods')),
      podsPerCore: wholeNumber(flags.get('pods-per-core')),
      kubeReserved: map('kube-reserved', '='),
      systemReserved: map('system-reserved', '='),
      evictionHard: map('eviction-hard', '<'),
    }),
  };
}

/** `key=value:Effect`, `key:Effect` or `key=:Effect`. */
export function parseTaint(text: string): Taint {
  const colon = text.lastIndexOf(':');
  const effect = text.slice(colon + 1);
  const [key = '', value = ''] = splitOnce(text.slice(0, colon), '=');
  if (colon < 0 || key === '' || !isEffect(effect)) throw new Error(`invalid taint ${text}`);
  return { key, value, effect };
}

function isEffect(text: string): text is 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' {
  return text === 'NoSchedule' || text === 'PreferNoSchedule' || text === 'NoExecute';
}

/** The number in `text`, or undefined when there is none. */
export function wholeNumber(text: unknown): number | undefined {
  const value = typeof text === 'string' && text !== '' ? Number(text) : text;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** The record without its undefined fields, as exactOptionalPropertyTypes wants it. */
export function dropAbsent<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}

function parsePairs(text: string, separator: string): Record<string, string> {
  return Object.fromEntries(splitList(text).map((pair) => splitOnce(pair, separator)));
}

const splitList = (text: string): readonly string[] => text.split(',').filter((item) => item !== '');

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
