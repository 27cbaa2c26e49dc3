/** Inputs or outputs of a resource, as the engine hands them over. */
export type Properties = Readonly<Record<string, unknown>>;

/** In a preview it stands where a value will be known only after an update. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/**
 * What a stand-in knows of one resource type. Inputs beyond `inputs` are refused, so that a program that begins to use one forces a
 * decision here. `World` is where the resources live.
 */
export interface ResourceType<World> {
  readonly inputs: readonly string[];
  readonly required?: readonly string[];
  /** What the provider itself puts where an input is absent. */
  readonly defaults?: Properties;
  /** A change of these cannot be made in place. */
  readonly replaceOn?: readonly string[];
  /** Outputs that are no inputs: unknown in a preview. */
  readonly computed?: readonly string[];
  /** Where equal values may be written differently: a JSON document, a URL with or without its scheme. */
  readonly isSame?: Readonly<Record<string, (one: unknown, other: unknown) => boolean>>;
  /** Returns the new resource's id. */
  create(world: World, inputs: Properties): Promise<string>;
  /** The resource as it is: all inputs and outputs, or undefined when it is gone. `known` is what was last known of it. */
  read(world: World, id: string, known: Properties): Promise<Properties | undefined>;
  /** Absent: every change replaces. */
  update?(world: World, id: string, olds: Properties, news: Properties): Promise<void>;
  /** Succeeds when it is gone already. */
  delete(world: World, id: string, known: Properties): Promise<void>;
}

/** An input that must be text: `check` has seen that it is there, and an unknown never reaches `create`. */
export function text(properties: Properties, key: string): string {
  const value = properties[key];
  if (typeof value !== 'string') throw new Error(`${key} must be text, not ${JSON.stringify(value)}`);
  return value;
}

/** The same where it may be absent. */
export const optionalText = (properties: Properties, key: string): string | undefined =>
  properties[key] === undefined ? undefined : text(properties, key);

/** The tags among the inputs. */
export const tags = (properties: Properties): Readonly<Record<string, string>> =>
  (properties.tags ?? {}) as Record<string, string>;
