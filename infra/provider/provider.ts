import type * as pulumi from '@pulumi/pulumi';
import type { Operation, Properties, ResourceKind } from './resource-kind.ts';
import { opened } from './wire-values.ts';

/** Lines for the user of the engine, beside the resource that they are about. */
export interface EngineLog {
  progress(urn: string, message: string): void;
  warn(urn: string, message: string): void;
}

/**
 * Our resource types as Pulumi's engine calls them. Remembered of a resource are its inputs, as they came (a secret stays one), and
 * what its kind adds to them.
 */
export function createProvider(
  kinds: Readonly<Record<string, ResourceKind>>,
  log: EngineLog,
): pulumi.provider.Provider {
  const interruption = new AbortController();
  const kindOf = (urn: string): ResourceKind => {
    const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
    const kind = kinds[type];
    if (kind === undefined) throw new Error(`${type} is no resource of this provider`);
    return kind;
  };
  const operationOn = (urn: string): Operation => ({
    signal: interruption.signal,
    progress: (message) => log.progress(urn, message),
    warn: (message) => log.warn(urn, message),
  });

  return {
    check: async (urn, _olds: Properties, news: Properties) => {
      const { inputs, check } = kindOf(urn);
      const foreign = Object.keys(news).filter((property) => !inputs.includes(property));
      const unknown = foreign.map((property) => ({ property, reason: `is no input; there are ${inputs.join(', ')}` }));
      return { inputs: news, failures: [...unknown, ...check(opened(news))] };
    },
    diff: async (_id, urn, olds: Properties, news: Properties) => {
      const { changes, replaces = [] } = await kindOf(urn).diff(opened(olds), opened(news), operationOn(urn));
      return { changes, replaces: [...replaces] };
    },
    create: async (urn, inputs: Properties) => {
      const { id, state } = await kindOf(urn).create(opened(inputs), operationOn(urn));
      return { id, outs: { ...inputs, ...state } };
    },
    read: async (id, urn, props: Properties = {}) => {
      const kind = kindOf(urn);
      const missing = kind.inputs.filter((input) => !(input in props));
      if (missing.length > 0) throw new Error(`cannot be imported: nothing is known of its ${missing.join(', ')}`);
      const state = await kind.read(opened(props), operationOn(urn));
      if (state === undefined) return { id: '', props: {} };
      return { id, props: { ...props, ...state }, inputs: pick(props, kind.inputs) };
    },
    update: async (_id, urn, olds: Properties, news: Properties) => {
      const state = await kindOf(urn).update(opened(olds), opened(news), operationOn(urn));
      return { outs: { ...news, ...state } };
    },
    delete: async (_id, urn, props: Properties) => kindOf(urn).delete(opened(props), operationOn(urn)),
    cancel: async () => interruption.abort(new Error('interrupted; the same command goes on from here')),
  };
}

function pick(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.filter((name) => name in properties).map((name) => [name, properties[name]]));
}
