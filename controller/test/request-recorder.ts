import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to AWS as it went over the wire, before anybody judged it. */
export interface RecordedRequest {
  /** As in the signature's scope and in IAM's actions: `ec2`. */
  readonly service: string;
  readonly region: string;
  /** `CreateFleet`. */
  readonly action: string;
  /** Of the query protocol by their dotted names, of JSON bodies by their keys. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface RequestRecorder {
  /** To be used as the endpoint of AWS. */
  readonly url: string;
  /** What has been asked so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/** Passes every request on to `endpoint` and its answer back, and keeps what was asked. Loopback, on a free port. */
export async function startRequestRecorder(endpoint: string): Promise<RequestRecorder> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method = 'GET', url: path = '/' } = incoming;
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = incoming.headers;
    requests.push(readRequest({ method, path, headers, body }));
    const answer = await fetch(endpoint + path, {
      method,
      headers: headers as Record<string, string>,
      ...(body === '' ? {} : { body }),
    });
    const answerBody = Buffer.from(await answer.arrayBuffer());
    // The body is whole by now, whatever way it came in.
    const { connection: _kept, 'transfer-encoding': _chunked, ...answerHeaders } = Object.fromEntries(answer.headers);
    outgoing.writeHead(answer.status, { ...answerHeaders, 'content-length': answerBody.length });
    outgoing.end(answerBody);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Throws on a request that is no call of AWS, or of a service whose protocol is not read here. */
function readRequest(request: WireRequest): RecordedRequest {
  const { headers, body } = request;
  const [, region, service] = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(String(headers['authorization'])) ?? [];
  if (region === undefined || service === undefined) throw new Error(`${request.method} ${request.path} is not signed`);
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    return { service, region, action: String(target).split('.')[1] ?? '', parameters: JSON.parse(body) };
  }
  if (service === 'eks') return { service, region, ...readEksPath(request) };
  const { Action: action = '', ...parameters } = Object.fromEntries(new URLSearchParams(body));
  return { service, region, action, parameters };
}

const EKS_READS: readonly (readonly [action: string, path: RegExp])[] = [
  ['DescribeCluster', /^\/clusters\/(?<name>[^/]+)$/],
  ['DescribeAccessEntry', /^\/clusters\/(?<clusterName>[^/]+)\/access-entries\/(?<principalArn>[^/]+)$/],
];

function readEksPath({ method, path }: WireRequest): Pick<RecordedRequest, 'action' | 'parameters'> {
  for (const [action, pattern] of EKS_READS) {
    const groups = method === 'GET' ? pattern.exec(path)?.groups : undefined;
    if (groups === undefined) continue;
    const parameters = Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]);
    return { action, parameters: Object.fromEntries(parameters) };
  }
  throw new Error(`${method} ${path} of EKS is not known here`);
}
