import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../api/meta.ts';
import { Deadline } from './deadline.ts';
import { SilenceError } from './errors.ts';

/** One line of a watch. An ERROR carries a Status object instead of one of the kind watched. */
export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** etcd takes 1.5 MiB an object; ten times that in one line is no Kubernetes API. */
const LINE_CHARS_MAX = 16 * 1024 * 1024;

/**
 * The lines of an open watch as they come, in batches of one read each. Ends when the server closes cleanly; a last line
 * that was cut off is dropped, since the next watch brings it again. Throws when the connection breaks, when a line cannot
 * be read, and when nothing came for `silentMsMax`. Leaving the loop early closes the connection.
 */
export async function* watchLines(
  incoming: IncomingMessage,
  silentMsMax: number,
): AsyncGenerator<readonly WatchLine[]> {
  const deadline = new Deadline(silentMsMax, () => incoming.destroy(new SilenceError('silent', silentMsMax)));
  try {
    incoming.setEncoding('utf8');
    let rest = '';
    for await (const chunk of incoming) {
      deadline.touch();
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_CHARS_MAX) throw new Error(`a line is longer than ${LINE_CHARS_MAX} characters`);
      const batch = lines.filter((line) => line !== '').map(parseLine);
      if (batch.length > 0) yield batch;
      // Whatever the reader did between two batches was not the server's silence.
      deadline.touch();
    }
  } finally {
    deadline.clear();
    incoming.destroy();
  }
}

function parseLine(line: string): WatchLine {
  const parsed = JSON.parse(line) as Partial<WatchLine> | null;
  const isEvent = typeof parsed?.type === 'string' && typeof parsed.object === 'object' && parsed.object !== null;
  if (!isEvent || (parsed.type !== 'ERROR' && typeof parsed.object?.metadata !== 'object')) {
    throw new Error('a line of the watch is no event');
  }
  return parsed as WatchLine;
}
