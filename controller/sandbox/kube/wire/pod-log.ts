import type { KubeObject } from '../../../src/api/meta.ts';
import { listOf, valueAt } from '../json-value.ts';
import { badRequest } from '../status-errors.ts';
import type { HttpExchange } from './http-exchange.ts';

export interface LogOptions {
  readonly container: string;
  /** Go on with later lines until the signal aborts. */
  readonly follow: boolean;
  /** Begin with the last so many of the lines there are; undefined for all of them. */
  readonly tailLines: number | undefined;
  /** Aborts when the reader has gone. */
  readonly signal: AbortSignal;
}

/**
 * The log lines of a pod, without line ends, oldest first: those there are and, when following, those to come. Undefined for a pod whose
 * containers print nothing. A source that does not look at the options is cut to `tailLines` by its caller, unless it is followed.
 */
export type LogSource = (namespace: string, pod: string, options: LogOptions) => AsyncIterable<string> | undefined;

/** Streams a pod's log. 400 when the container is unknown, or has not started. */
export async function servePodLog(exchange: HttpExchange, pod: KubeObject, logSource: LogSource): Promise<void> {
  const container = containerOf(exchange, pod);
  const abort = new AbortController();
  exchange.response.on('close', () => abort.abort());
  const [follow, tailLines] = [exchange.flag('follow'), exchange.integer('tailLines')];
  const lines = logSource(pod.metadata.namespace ?? '', pod.metadata.name, {
    container,
    follow,
    tailLines,
    signal: abort.signal,
  });
  if (lines === undefined) refuseUnstarted(pod, container);
  exchange.response.writeHead(200, { 'content-type': 'text/plain' });
  exchange.response.flushHeaders();
  if (lines !== undefined)
    await (follow ? stream(exchange, lines, abort.signal) : writeTail(exchange, lines, tailLines));
  exchange.response.end();
}

async function stream(exchange: HttpExchange, lines: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  for await (const line of lines) {
    if (signal.aborted) return;
    exchange.response.write(`${line}\n`);
  }
}

async function writeTail(
  exchange: HttpExchange,
  lines: AsyncIterable<string>,
  tailLines: number | undefined,
): Promise<void> {
  const kept: string[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (tailLines !== undefined && kept.length > tailLines) kept.shift();
  }
  exchange.response.write(kept.map((line) => `${line}\n`).join(''));
}

function containerOf(exchange: HttpExchange, pod: KubeObject): string {
  const names = listOf(valueAt(pod.spec, 'containers')).map((container) => String(valueAt(container, 'name')));
  const asked = exchange.parameter('container') ?? names[0] ?? '';
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  return asked;
}

function refuseUnstarted(pod: KubeObject, container: string): void {
  if (valueAt(pod.status, 'phase') !== 'Pending') return;
  throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating`);
}
