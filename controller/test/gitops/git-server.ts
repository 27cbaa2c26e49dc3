import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';

const HOST = '127.0.0.1';
const HEADERS_END = '\r\n\r\n';
/** A CGI program that has not ended its headers by then is broken; git's take a few hundred. */
const HEADER_BYTES_MAX = 16_384;

/** A repository on loopback, over git's smart HTTP protocol. */
export interface GitServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the repository in `folder`, and others in the same parent, for reading: git's own http-backend, which is a CGI program, behind Node's server. */
export async function startGitServer(folder: string): Promise<GitServer> {
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const server = createServer((request, response) => answer(request, response, backend, dirname(folder)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/${basename(folder)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, backend: string, projectRoot: string): void {
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: projectRoot,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      // The version of git's wire protocol that the client would like.
      GIT_PROTOCOL: [request.headers['git-protocol'] ?? ''].flat().join(':'),
      REMOTE_ADDR: HOST,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.once('error', (error) => response.destroy(error));
  // A client that has gone away, or a backend that needs no more: the answer, or its absence, tells.
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(HEADERS_END);
    if (end >= 0) {
      writeHead(response, head.subarray(0, end).toString('latin1'));
      response.write(head.subarray(end + HEADERS_END.length));
    } else if (head.length > HEADER_BYTES_MAX) {
      response.destroy(new Error('git-http-backend: headers without an end'));
    }
  });
  child.stdout.once('end', () => {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
}

/** CGI puts the status among the headers, and leaves it out where it is 200. */
function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
