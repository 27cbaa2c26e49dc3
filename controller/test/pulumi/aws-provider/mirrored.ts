import { isDeepStrictEqual } from 'node:util';
import type { Properties, ResourceType } from '../plugin/resource-type.ts';
import type { AwsWorld, AwsWorlds } from './world.ts';

/** A type that only the sandbox has. */
export function sandboxOnly({ update, ...type }: ResourceType<AwsWorld>): ResourceType<AwsWorlds> {
  return {
    ...type,
    create: ({ sandbox }, inputs) => type.create(sandbox, inputs),
    read: ({ sandbox }, id, known) => type.read(sandbox, id, known),
    delete: ({ sandbox }, id, known) => type.delete(sandbox, id, known),
    // A type without `update` stays without: that is how it says that every change replaces.
    ...(update === undefined ? {} : { update: ({ sandbox }, id, olds, news) => update(sandbox, id, olds, news) }),
  };
}

/**
 * A type that moto has too: everything is done once more there, and after each creation and update both must tell the same of the
 * resource. `differs` names what no two accounts share, as times and generated ids. Programs see the sandbox's answers.
 */
export function mirrored(
  { update, ...type }: ResourceType<AwsWorld>,
  differs: readonly string[] = [],
): ResourceType<AwsWorlds> {
  const compare = async (worlds: AwsWorlds, id: string, motoId: string, known: Properties) => {
    const here = await type.read(worlds.sandbox, id, known);
    const there = await type.read(worlds.moto, motoId, known);
    for (const key of new Set([...Object.keys(here ?? {}), ...Object.keys(there ?? {})])) {
      const isSame = type.isSame?.[key] ?? isDeepStrictEqual;
      if (differs.includes(key) || isSame(here?.[key], there?.[key])) continue;
      const [inSandbox, inMoto] = [here, there].map((state) => JSON.stringify(state?.[key]));
      throw new Error(`${key} is ${inSandbox} in the sandbox and ${inMoto} in moto`);
    }
  };
  return {
    ...type,
    create: async (worlds, inputs) => {
      const id = await type.create(worlds.sandbox, inputs);
      const motoId = await type.create(worlds.moto, inputs);
      await compare(worlds, id, motoId, inputs);
      return id;
    },
    read: ({ sandbox }, id, known) => type.read(sandbox, id, known),
    delete: async ({ sandbox, moto }, id, known) => {
      await type.delete(sandbox, id, known);
      await type.delete(moto, id, known);
    },
    ...(update === undefined
      ? {}
      : {
          update: async (worlds, id, olds, news) => {
            await update(worlds.sandbox, id, olds, news);
            await update(worlds.moto, id, olds, news);
            await compare(worlds, id, id, news);
          },
        }),
  };
}
