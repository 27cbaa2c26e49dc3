import { closeSync, openSync, readSync } from 'node:fs';
import type { FileFindings } from './findings.ts';
import { type JsonPart, JsonSyntaxError, readParts } from './json-parts.ts';

/** The path that means standard input. */
export const STDIN_PATH = '-';
const STDIN_FD = 0;

/**
 * Yields the parts of a JSON file, each field once. That a file cannot be read, is not JSON or states a field twice is taken down; the
 * generator returns whether it came to the end.
 */
export function* partsOf(path: string, findings: FileFindings): Generator<JsonPart, boolean> {
  const seen = new Set<string>();
  let repeated: string | undefined;
  try {
    for (const part of partsOfFile(path)) {
      if (part.kind !== 'element') {
        repeated = seen.has(part.key) ? part.key : undefined;
        if (repeated !== undefined) findings.add(repeated, 'stands twice');
        seen.add(part.key);
      }
      if (repeated === undefined) yield part;
    }
    return true;
  } catch (error) {
    if (error instanceof JsonSyntaxError) findings.add('', error.message);
    else if (isSystemError(error)) findings.add('', `cannot be read: ${error.message}`);
    else throw error;
    return false;
  }
}

function* partsOfFile(path: string): Generator<JsonPart> {
  const file = path === STDIN_PATH ? STDIN_FD : openSync(path, 'r');
  try {
    yield* readParts((bytesMax) => {
      const bytes = Buffer.allocUnsafe(bytesMax);
      return bytes.subarray(0, readSync(file, bytes, 0, bytesMax, null));
    });
  } finally {
    if (file !== STDIN_FD) closeSync(file);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
