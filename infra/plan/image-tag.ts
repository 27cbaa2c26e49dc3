import { createHash } from 'node:crypto';

const HASH_LENGTH = 12;

/**
 * `<version>-<hash>` of all that the image is made of. The repository refuses a second image under one tag, so equal contents must
 * give equal tags and other contents another one; a bare version would fail every build but the first.
 */
export function imageTag(
  version: string,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  baseImage: string,
): string {
  const hash = createHash('sha256').update(`${baseImage}\n`);
  for (const { name, bytes } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name} ${bytes.byteLength}\n`).update(bytes);
  }
  return `${version}-${hash.digest('hex').slice(0, HASH_LENGTH)}`;
}
