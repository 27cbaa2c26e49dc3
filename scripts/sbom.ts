/** One entry of `packages` in package-lock.json, as far as a bill of materials tells it. */
interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** `sha512-<base64>`, of the archive that the registry serves. */
  readonly integrity?: string;
}

export interface PackageLock {
  readonly name: string;
  readonly version: string;
  /** By folder, as in `node_modules/a/node_modules/b`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The last package in a path: what lies in it belongs to that one. */
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The bill of materials of a bundle, as CycloneDX 1.6: each package that one of its source files is from, in the version that the lock
 * pins. Equal input gives equal bytes, so it has neither serial number nor time. Throws for a file of a package that is not locked.
 */
export function sbomOf(sourceFiles: readonly string[], lock: PackageLock): string {
  const folders = new Set(sourceFiles.flatMap((file) => PACKAGE_FOLDER.exec(file)?.[0] ?? []));
  const components = [...folders].sort().map((folder) => componentOf(folder, lock.packages[folder]));
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name: lock.name, version: lock.version } },
    // One version may lie in several folders.
    components: [...new Map(components.map((component) => [component.purl, component])).values()],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function componentOf(folder: string, locked: LockedPackage | undefined) {
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (locked?.version === undefined) throw new Error(`${folder} is in the bundle and not in package-lock.json`);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${locked.version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version: locked.version,
    purl,
    ...(locked.license === undefined ? {} : { licenses: [{ expression: locked.license }] }),
    ...(locked.integrity === undefined ? {} : { hashes: [hashOf(locked.integrity)] }),
  };
}

function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm = '', base64] = integrity.split('-', 2);
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64 ?? '', 'base64').toString('hex') };
}
