import { isDeepStrictEqual } from 'node:util';
import { status } from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import providerGrpc from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Difference, difference, hasUnknown } from './difference.ts';
import { type Properties, type ResourceType, UNKNOWN } from './resource-type.ts';
import { PluginError, servePlugin, unary } from './serve-plugin.ts';

/** A function of the provider that a program calls: its result, from its arguments. */
export type Invoke<World> = (world: World, args: Properties) => Promise<Properties>;

export interface ProviderOptions<World> {
  readonly version: string;
  /** Configuration keys that it knows; others are refused. */
  readonly configuration: readonly string[];
  /** Called once, with the configuration. */
  open(configuration: Properties): World;
  readonly types: Readonly<Record<string, ResourceType<World>>>;
  readonly invokes: Readonly<Record<string, Invoke<World>>>;
}

/** What the engine itself puts among a provider's configuration. */
const ENGINE_KEYS = ['version', 'pluginDownloadURL', '__internal'];

const fromStruct = (value: struct.Struct | undefined): Properties => value?.toJavaScript() ?? {};

/** Through JSON, which drops what is undefined: protobuf has no such value. */
const toStruct = (value: Properties): struct.Struct =>
  struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);

/** `<project>::<stack>::<type>$<type>…::<name>`: the last type is the resource's own. */
const typeOf = (urn: string): string => urn.split('::')[2]?.split('$').at(-1) ?? '';

/** Serves a resource provider made of the types and invokes in `options`; what is not among them is refused. */
export function serveResourceProvider<World>(options: ProviderOptions<World>): Promise<void> {
  let world: World | undefined;
  const here = (): World => {
    if (world === undefined) throw new PluginError('called before it was configured');
    return world;
  };
  const resourceType = (urn: string): ResourceType<World> => {
    const type = options.types[typeOf(urn)];
    if (type === undefined) throw new PluginError(`${typeOf(urn)} is not modelled here`, status.UNIMPLEMENTED);
    return type;
  };

  return servePlugin(providerGrpc.ResourceProviderService, {
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(options.version)),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    checkConfig: unary((request: provider.CheckRequest) =>
      checked(fromStruct(request.getNews()), {}, [...options.configuration, ...ENGINE_KEYS], []),
    ),
    diffConfig: unary((request: provider.DiffRequest) => {
      const isSame = isDeepStrictEqual(fromStruct(request.getOldInputs()), fromStruct(request.getNews()));
      return diffed({ changed: isSame ? [] : Object.keys(fromStruct(request.getNews())), replacing: [] }, false);
    }),
    configure: unary((request: provider.ConfigureRequest) => {
      world = options.open(fromStruct(request.getArgs()));
      return new provider.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: unary(async (request: provider.InvokeRequest) => {
      const invoke = options.invokes[request.getTok()];
      if (invoke === undefined) throw new PluginError(`${request.getTok()} is not modelled here`, status.UNIMPLEMENTED);
      return new provider.InvokeResponse().setReturn(toStruct(await invoke(here(), fromStruct(request.getArgs()))));
    }),
    check: unary((request: provider.CheckRequest) => {
      const { inputs, required = [], defaults = {} } = resourceType(request.getUrn());
      return checked(fromStruct(request.getNews()), defaults, inputs, required);
    }),
    diff: unary((request: provider.DiffRequest) => {
      const type = resourceType(request.getUrn());
      const news = fromStruct(request.getNews());
      const state = fromStruct(request.getOlds());
      // Two of one name cannot be there at once, so a replacement that keeps the name goes before it comes.
      const keepsName = news.name !== undefined && news.name === state.name;
      return diffed(difference(type, { oldInputs: fromStruct(request.getOldInputs()), state, news }), keepsName);
    }),
    create: unary(async (request: provider.CreateRequest) => {
      const type = resourceType(request.getUrn());
      const inputs = fromStruct(request.getProperties());
      if (request.getPreview()) {
        return new provider.CreateResponse().setProperties(toStruct({ ...inputs, ...unknownOutputs(type) }));
      }
      if (hasUnknown(inputs)) throw new PluginError('the engine creates it with a value that is not known');
      const id = await type.create(here(), inputs);
      return new provider.CreateResponse()
        .setId(id)
        .setProperties(toStruct(await present(type.read(here(), id, inputs))));
    }),
    read: unary(async (request: provider.ReadRequest) => {
      const type = resourceType(request.getUrn());
      const oldInputs = fromStruct(request.getInputs());
      const known = { ...oldInputs, ...fromStruct(request.getProperties()) };
      const state = await type.read(here(), request.getId(), known);
      // No id: the resource is gone.
      if (state === undefined) return new provider.ReadResponse();
      const inputs = liveInputs(type, oldInputs, state);
      return new provider.ReadResponse()
        .setId(request.getId())
        .setInputs(toStruct(inputs))
        .setProperties(toStruct(state));
    }),
    update: unary(async (request: provider.UpdateRequest) => {
      const type = resourceType(request.getUrn());
      const olds = fromStruct(request.getOlds());
      const news = fromStruct(request.getNews());
      if (request.getPreview()) return new provider.UpdateResponse().setProperties(toStruct({ ...olds, ...news }));
      await type.update?.(here(), request.getId(), olds, news);
      const state = await present(type.read(here(), request.getId(), news));
      return new provider.UpdateResponse().setProperties(toStruct(state));
    }),
    delete: unary(async (request: provider.DeleteRequest) => {
      await resourceType(request.getUrn()).delete(here(), request.getId(), fromStruct(request.getProperties()));
      return new empty.Empty();
    }),
  });
}

function checked(
  news: Properties,
  defaults: Properties,
  known: readonly string[],
  required: readonly string[],
): provider.CheckResponse {
  const failures = [
    ...Object.keys(news)
      .filter((key) => !known.includes(key))
      .map((key) => new provider.CheckFailure().setProperty(key).setReason(`${key} is not modelled here`)),
    ...required
      .filter((key) => news[key] === undefined)
      .map((key) => new provider.CheckFailure().setProperty(key).setReason(`missing required property ${key}`)),
  ];
  return new provider.CheckResponse().setInputs(toStruct({ ...defaults, ...news })).setFailuresList(failures);
}

function diffed({ changed, replacing }: Difference, deleteBeforeReplace: boolean): provider.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...changed])
    .setReplacesList([...replacing])
    .setDeletebeforereplace(deleteBeforeReplace);
}

/** The inputs as they are now; one that means the same as before keeps its spelling, or every refresh would report it. */
function liveInputs(type: ResourceType<never>, oldInputs: Properties, state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(oldInputs).map(([key, old]) => [key, type.isSame?.[key]?.(state[key], old) ? old : state[key]]),
  );
}

const unknownOutputs = (type: ResourceType<never>): Properties =>
  Object.fromEntries((type.computed ?? []).map((key) => [key, UNKNOWN]));

async function present(state: Promise<Properties | undefined>): Promise<Properties> {
  const found = await state;
  if (found === undefined) throw new PluginError('it is not there although it was just made');
  return found;
}
