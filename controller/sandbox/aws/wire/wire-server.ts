import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { passGate } from '../action-gate.ts';
import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { EC2_QUERY } from './ec2-query.ts';
import { ECR_JSON } from './ecr-json.ts';
import { EKS_REST } from './eks-rest.ts';
import { EVENTS_JSON } from './events-json.ts';
import { IAM_QUERY } from './iam-query.ts';
import type { ServiceFace } from './service-face.ts';
import { SQS_JSON } from './sqs-json.ts';
import { SSM_JSON } from './ssm-json.ts';
import { STS_QUERY } from './sts-query.ts';
import type { WireAnswer, WireRequest } from './wire-answer.ts';

/** Well above the largest request (a fleet of 300 overrides has about 60 KiB). */
const BODY_BYTES_MAX = 1024 * 1024;

/** By the service's name in the credential scope. */
const SERVICES: ReadonlyMap<string, ServiceFace> = new Map([
  ['ec2', EC2_QUERY],
  ['ssm', SSM_JSON],
  ['sts', STS_QUERY],
  ['eks', EKS_REST],
  ['iam', IAM_QUERY],
  ['sqs', SQS_JSON],
  ['events', EVENTS_JSON],
  ['ecr', ECR_JSON],
]);

/** Services that are the same in all regions, and the region that requests to them are signed for. */
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam']);
const GLOBAL_REGION = 'us-east-1';

export interface AwsServerOptions {
  readonly model: CloudModel;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Loopback by default: nothing here checks a signature. */
  readonly host?: string;
}

export interface AwsServer {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly port: number;
  /** Cuts all connections; resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Serves EC2, EKS, IAM, SQS, EventBridge, ECR, SSM and STS in their real protocols on one port. The credential scope of the signature says which service a
 * request is for; the signature itself is not checked. Rejects when the port is taken.
 */
export async function startAwsServer({ model, port = 0, host = '127.0.0.1' }: AwsServerOptions): Promise<AwsServer> {
  const closing = new AbortController();
  let requestCount = 0;
  const server = createServer((incoming, outgoing) => {
    const requestId = `00000000-0000-4000-8000-${(++requestCount).toString(16).padStart(12, '0')}`;
    void serve(model, incoming, outgoing, requestId, closing.signal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} on ${host} is in use`, { cause: error }) : error),
    );
    server.listen(port, host, resolve);
  });
  const { port: actualPort } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actualPort}`,
    port: actualPort,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  model: CloudModel,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestId: string,
  signal: AbortSignal,
): Promise<void> {
  const request = await readRequest(incoming, requestId).catch(() => undefined);
  // The client went away, or sent more than any AWS client does.
  if (request === undefined) return void outgoing.destroy();
  const answer = await answerRequest(model, request, signal);
  if (outgoing.destroyed) return;
  outgoing.writeHead(answer.status, { ...answer.headers, 'x-amzn-requestid': requestId });
  outgoing.end(answer.body);
}

async function readRequest(incoming: IncomingMessage, requestId: string): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the body exceeds ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?');
  const body = Buffer.concat(chunks).toString('utf8');
  return { method: incoming.method ?? 'GET', path, query: new URLSearchParams(query), headers, body, requestId };
}

async function answerRequest(model: CloudModel, request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
  const scope = credentialScope(request);
  const face = SERVICES.get(scope?.service ?? '') ?? EC2_QUERY;
  try {
    if (scope === undefined) throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
    if (!SERVICES.has(scope.service)) throw new AwsError('UnknownService', `${scope.service} is not served here`, 404);
    const isGlobal = GLOBAL_SERVICES.has(scope.service) && scope.region === GLOBAL_REGION;
    if (scope.region !== model.state.region && !isGlobal) {
      throw new AwsError(
        'AuthFailure',
        `Credential should be scoped to ${model.state.region}, not ${scope.region}`,
        401,
      );
    }
    await passGate(model, face.actionOf(request), signal);
    return await face.answer(model, request, signal);
  } catch (error) {
    return face.refusal(error instanceof AwsError ? error : internalError(error), request);
  }
}

/** Region and service of `Credential=<key>/<date>/<region>/<service>/aws4_request`. */
function credentialScope({ headers }: WireRequest): { region: string; service: string } | undefined {
  const [, region, service] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  return region === undefined || service === undefined ? undefined : { region, service };
}

/** Our own mistake: loud for the client, which sees a 500 with the reason. */
function internalError(error: unknown): AwsError {
  return new AwsError('InternalError', error instanceof Error ? (error.stack ?? error.message) : String(error), 500);
}
