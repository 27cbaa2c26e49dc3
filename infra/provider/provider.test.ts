import { describe, expect, test } from '@jest/globals';
import { createProvider } from './provider.ts';
import type { Properties, ResourceKind } from './resource-kind.ts';
import { changedInputs } from './wire-values.ts';

const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const secret = (value: unknown) => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', value });
const URN = 'urn:pulumi:dev::shop::shop:infra:Parent$shop:index:Lamp::hall';

/** A resource that remembers how bright it was made, and is gone when its room is. */
const lamp: ResourceKind = {
  inputs: ['room', 'watts'],
  check: ({ watts }) => (watts === 60 ? [] : [{ property: 'watts', reason: `must be 60, not ${watts}` }]),
  diff: async (state, inputs) => {
    const changed = changedInputs(state, inputs, ['room', 'watts']);
    return { changes: changed.length > 0, replaces: changed.filter((name) => name === 'room') };
  },
  create: async ({ room, watts }) => ({ id: String(room), state: { lumens: Number(watts) * 15 } }),
  read: async ({ room, lumens }) => (room === 'gone' ? undefined : { lumens }),
  update: async (state, { watts }) => ({ lumens: Number(watts) * 15, was: state.lumens }),
  delete: async ({ room }, { progress, warn, signal }) => {
    progress(`darkening ${room}`);
    warn(`${room} is dark`);
    signal.throwIfAborted();
  },
};

describe("our resources as Pulumi's engine calls them", () => {
  const lines: string[] = [];
  const provider = createProvider(
    { 'shop:index:Lamp': lamp },
    { progress: (urn, line) => lines.push(`${urn}: ${line}`), warn: (urn, line) => lines.push(`${urn}! ${line}`) },
  );
  const { check, diff, create, read, update } = provider;

  test('every problem of the inputs is reported by its property, an input that does not exist among them', async () => {
    expect(await check?.(URN, {}, { room: 'hall', watts: 100, colour: 'red' })).toEqual({
      inputs: { room: 'hall', watts: 100, colour: 'red' },
      failures: [
        { property: 'colour', reason: 'is no input; there are room, watts' },
        { property: 'watts', reason: 'must be 60, not 100' },
      ],
    });
  });

  test('what is remembered are the inputs, secret ones as secrets, and what the resource adds', async () => {
    const inputs = { room: secret('hall'), watts: 60 };
    expect(await create?.(URN, inputs)).toEqual({ id: 'hall', outs: { ...inputs, lumens: 900 } });
    expect(await update?.('hall', URN, { ...inputs, lumens: 900 }, { ...inputs, watts: 100 })).toEqual({
      outs: { room: secret('hall'), watts: 100, lumens: 1500, was: 900 },
    });
  });

  test('what is read is what is remembered, with the inputs apart; nothing when it is gone', async () => {
    const props = { room: secret('hall'), watts: 60, lumens: 900 };
    expect(await read?.('hall', URN, props)).toEqual({
      id: 'hall',
      props,
      inputs: { room: secret('hall'), watts: 60 },
    });
    expect(await read?.('gone', URN, { ...props, room: 'gone' })).toEqual({ id: '', props: {} });
  });

  test('an import is refused: nobody says which cluster', async () => {
    await expect(read?.('hall', URN, {})).rejects.toThrow('cannot be imported: nothing is known of its room, watts');
  });

  test.each<[string, Properties, object]>([
    [
      'nothing when nothing has changed, be it secret now',
      { room: secret('hall'), watts: 60 },
      { changes: false, replaces: [] },
    ],
    ['an update', { room: 'hall', watts: 100 }, { changes: true, replaces: [] }],
    ['a replacement', { room: 'attic', watts: 60 }, { changes: true, replaces: ['room'] }],
    ['a change when a value is not known yet', { room: 'hall', watts: UNKNOWN }, { changes: true, replaces: [] }],
  ])('a difference means %s', async (_what, inputs, want) => {
    expect(await diff?.('hall', URN, { room: 'hall', watts: 60, lumens: 900 }, inputs)).toEqual(want);
  });

  test('what it says is said of the resource, and an interruption reaches it', async () => {
    await provider.delete?.('hall', URN, { room: 'hall' });
    expect(lines).toEqual([`${URN}: darkening hall`, `${URN}! hall is dark`]);
    await provider.cancel?.();
    await expect(provider.delete?.('hall', URN, { room: 'hall' })).rejects.toThrow(/interrupted/);
  });

  test('a type of nobody is named', async () => {
    await expect(create?.(URN.replace('Lamp', 'Sofa'), {})).rejects.toThrow(
      'shop:index:Sofa is no resource of this provider',
    );
  });
});
