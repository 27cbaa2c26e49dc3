import type { ConfigReader, TextRule } from './config-reader.ts';
import { clusterScopedName } from './plan/names.ts';

/** Where an option stands, and what those depend on that are named after the cluster. */
interface OptionPlace {
  readonly section: string;
  readonly key: string;
  /** Empty while the cluster's name is missing or wrong. */
  readonly clusterName: string;
}

/** One value of the configuration: how it is read, and what the reference says of it. */
export interface ConfigOption<T> {
  readonly read: (reader: ConfigReader, place: OptionPlace) => T;
  /** What the value may be. */
  readonly accepts: string;
  /** What holds where it is not given. */
  readonly fallback: string;
  readonly meaning: string;
}

/** `true` or `false`. */
export function flag(fallback: boolean, meaning: string): ConfigOption<boolean> {
  return {
    read: (reader, { section, key }) => reader.flag(section, key, fallback),
    accepts: 'true or false',
    fallback: `\`${fallback}\``,
    meaning,
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(
  choices: readonly T[],
  fallback: NoInfer<T>,
  meaning: string,
): ConfigOption<T> {
  return {
    read: (reader, { section, key }) => reader.oneOf(section, key, choices, fallback),
    accepts: choices.map((choice) => `\`${choice}\``).join(', '),
    fallback: `\`${fallback}\``,
    meaning,
  };
}

/** A text that has to be given. */
export function requiredText(rule: TextRule, meaning: string): ConfigOption<string> {
  return {
    read: (reader, { section, key }) => reader.text(section, key, rule, undefined),
    accepts: rule.meaning,
    fallback: 'required',
    meaning,
  };
}

/** A text with a value of its own where it is not given. */
export function text(rule: TextRule, fallback: string, meaning: string): ConfigOption<string> {
  return {
    read: (reader, { section, key }) => reader.text(section, key, rule, fallback),
    accepts: rule.meaning,
    fallback: `\`${fallback}\``,
    meaning,
  };
}

/** A name that is `<prefix>-<cluster>` where it is not given. */
export function clusterName(rule: TextRule, prefix: string, meaning: string): ConfigOption<string> {
  return derivedName(rule, (name) => clusterScopedName(prefix, name), `\`${prefix}-<cluster>\``, meaning);
}

/** A name that is made from the cluster's where it is not given. */
export function derivedName(
  rule: TextRule,
  derive: (clusterName: string) => string,
  fallback: string,
  meaning: string,
): ConfigOption<string> {
  return {
    read: (reader, { section, key, clusterName: name }) =>
      reader.text(section, key, rule, name === '' ? '' : derive(name)),
    accepts: rule.meaning,
    fallback,
    meaning,
  };
}

/** A text that may be missing; `fallback` says what holds then. */
export function optionalText(rule: TextRule, fallback: string, meaning: string): ConfigOption<string | undefined> {
  return {
    read: (reader, { section, key }) => reader.optionalText(section, key, rule),
    accepts: rule.meaning,
    fallback,
    meaning,
  };
}

/** A list of texts, empty where it is not given; `fallback` says what holds then. */
export function texts(rule: TextRule, fallback: string, meaning: string): ConfigOption<readonly string[]> {
  return {
    read: (reader, { section, key }) => reader.texts(section, key, rule),
    accepts: `a list; each ${rule.meaning}`,
    fallback,
    meaning,
  };
}

/** A whole number within bounds. */
export function wholeNumber(
  bounds: { readonly min: number; readonly max: number },
  fallback: number,
  meaning: string,
): ConfigOption<number> {
  return {
    read: (reader, { section, key }) => reader.wholeNumber(section, key, bounds, fallback),
    accepts: `${bounds.min} to ${bounds.max}`,
    fallback: `\`${fallback}\``,
    meaning,
  };
}
