// Structural 64-bit hash over Go-like values: what github.com/mitchellh/hashstructure v2 computes in format V2 with slices as sets,
// zero values left out. The caller spells the Go names, because they are hashed too.

/** An unsigned 64-bit hash. */
export type Hash = bigint;

/** A field of a struct by its Go name; undefined stands for a zero value and is left out. */
export type StructField = readonly [name: string, value: Hash | undefined];

const MASK = 0xffff_ffff_ffff_ffffn;
const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;

/** Returns the FNV-1 hash (multiply, then xor) of the bytes. */
export function bytes(data: Uint8Array): Hash {
  let hash = FNV_OFFSET;
  for (const byte of data) hash = ((hash * FNV_PRIME) & MASK) ^ BigInt(byte);
  return hash;
}

/** Returns the hash of a text by its UTF-8 bytes. */
export const string = (text: string): Hash => bytes(new TextEncoder().encode(text));

/** Returns the hash of a Go bool. */
export const boolean = (value: boolean): Hash => bytes(Uint8Array.of(value ? 1 : 0));

/** Returns the hash of a Go int32. */
export const int32 = (value: number): Hash => bytes(littleEndian(BigInt(value), 4));

/** Returns the hash of a Go int64. */
export const int64 = (value: number | bigint): Hash => bytes(littleEndian(BigInt(value), 8));

/** Returns the hash of a list whose order does not matter. */
export const set = (items: Iterable<Hash>): Hash => xor(items);

/** Returns the hash of a map. */
export function map(entries: Iterable<readonly [key: string, value: Hash]>): Hash {
  return finish(xor(Array.from(entries, ([key, value]) => ordered(string(key), value))));
}

/** Returns the hash of a struct with the given Go type name. Fields are mixed in the order given, which is that of the Go declaration. */
export function struct(typeName: string, fields: readonly StructField[]): Hash {
  let hash = string(typeName);
  for (const [name, value] of fields) {
    if (value !== undefined) hash = finish(hash ^ ordered(string(name), value));
  }
  return hash;
}

const xor = (hashes: Iterable<Hash>): Hash => [...hashes].reduce((sum, hash) => sum ^ hash, 0n);
const finish = (hash: Hash): Hash => bytes(littleEndian(hash, 8));
const ordered = (first: Hash, second: Hash): Hash =>
  bytes(Uint8Array.of(...littleEndian(first, 8), ...littleEndian(second, 8)));

function littleEndian(value: bigint, width: number): Uint8Array {
  const unsigned = BigInt.asUintN(width * 8, value);
  return Uint8Array.from({ length: width }, (_, index) => Number((unsigned >> BigInt(8 * index)) & 0xffn));
}
