import * as pulumi from '@pulumi/pulumi';
import { ConfigReader, type Problem, problemLines } from './config-reader.ts';
import { contradictions } from './config-rules.ts';
import { CONFIG_MAPS, CONFIG_TABLE, type TableConfig } from './config-table.ts';

/** Everything the program is told, checked and with its defaults. Frozen. */
export type InfraConfig = TableConfig & {
  readonly [section in keyof typeof CONFIG_MAPS]: Readonly<Record<string, string>>;
};

/** The stack's configuration. Throws one error that lists every problem with its path, before any resource is registered. */
export function readConfig(): InfraConfig {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const parsed = parseConfig(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
  if ('config' in parsed) return parsed.config;
  throw new pulumi.RunError(
    `the configuration of stack ${pulumi.getStack()} is wrong:\n${problemLines(parsed.problems)}`,
  );
}

/** The same from the stack's values as Pulumi hands them over: one JSON text per section. */
export function parseConfig(
  values: Readonly<Record<string, string>>,
): { readonly config: InfraConfig } | { readonly problems: readonly Problem[] } {
  const reader = new ConfigReader(values, [...Object.keys(CONFIG_TABLE), ...Object.keys(CONFIG_MAPS)]);
  const clusterName = CONFIG_TABLE.cluster.name.read(reader, { section: 'cluster', key: 'name', clusterName: '' });
  const options = Object.entries(CONFIG_TABLE).map(([section, table]) => [
    section,
    Object.fromEntries(
      Object.entries(table).map(([key, option]) => [key, option.read(reader, { section, key, clusterName })]),
    ),
  ]);
  const maps = Object.entries(CONFIG_MAPS).map(([section, { refusal }]) => [section, reader.map(section, refusal)]);
  // The table's type is what its options read, key by key.
  const config = Object.fromEntries([...options, ...maps]) as InfraConfig;

  const wrong = reader.problems();
  // What contradicts a value that is wrong itself would be said twice.
  const problems = [
    ...wrong,
    ...contradictions(config).filter(({ path }) => wrong.every((other) => !isWithin(other.path, path))),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  return problems.length > 0 ? { problems } : { config: deepFreeze(config) };
}

/** Whether `path` is `ancestor`, a member of it, or an item of it. */
function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`);
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
