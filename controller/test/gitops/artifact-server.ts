import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitRepository } from './git-repository.ts';

const HOST = '127.0.0.1';

/** What a Flux source says of one revision, in its `status.artifact`. */
export interface Artifact {
  readonly url: string;
  readonly path: string;
  readonly revision: string;
  readonly digest: string;
  readonly size: number;
  readonly lastUpdateTime: string;
}

/** Revisions of a repository as gzipped tars on loopback. */
export interface ArtifactServer {
  /** Packs a commit. It is served until the server is closed. */
  pack(sha: string): Artifact;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startArtifactServer(repository: GitRepository): Promise<ArtifactServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flux-artifacts-'));
  const packed = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const bytes = packed.get(request.url ?? '');
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    pack: (sha) => {
      const path = `${sha}.tar.gz`;
      repository.archive(sha, join(folder, path));
      const bytes = readFileSync(join(folder, path));
      packed.set(`/${path}`, bytes);
      return {
        url: `http://${HOST}:${port}/${path}`,
        path,
        revision: `${repository.branch}@sha1:${sha}`,
        digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        size: bytes.length,
        lastUpdateTime: new Date().toISOString(),
      };
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
