import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { imageTag } from './plan/image-tag.ts';

const ROOT = new URL('../', import.meta.url);

/** Relative to the repository, where Pulumi runs. */
export const DOCKERFILE = 'controller/Dockerfile';

/** Whether `npm run bundle` has filled the folder. */
export function isBundled(folder: string): boolean {
  return existsSync(new URL('main.js', folderUrl(folder)));
}

/** The tag of the image that would be built now from the folder on `baseImage`. The bundle must be there. */
export function bundleTag(folder: string, baseImage: string): string {
  const bundle = folderUrl(folder);
  const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string };
  const files = readdirSync(bundle).map((name) => ({ name, bytes: readFileSync(new URL(name, bundle)) }));
  const dockerfile = readFileSync(new URL(DOCKERFILE, ROOT));
  return imageTag(version, [...files, { name: DOCKERFILE, bytes: dockerfile }], baseImage);
}

function folderUrl(folder: string): URL {
  return new URL(`${folder}/`, ROOT);
}
