/** Written at once: few calls for a large text, and never much of it in memory. */
const PIECE_LENGTH = 1 << 16;

/** A field of an object: its value, or a list whose elements are made while they are written. */
type Written = readonly [key: string, value: unknown] | readonly [key: string, list: Iterable<unknown>, 'list'];

/**
 * Writes one JSON object, field by field, lists element by element, each on a line of its own: the text of a plan for a million pods is
 * never in memory at once. Undefined values are left out. Returns when all is handed to `write`.
 */
export function writeJsonObject(fields: Iterable<Written>, write: (text: string) => void): void {
  let piece = '{';
  const add = (text: string): void => {
    piece += text;
    if (piece.length < PIECE_LENGTH) return;
    write(piece);
    piece = '';
  };
  let separator = '\n ';
  for (const [key, value, kind] of fields) {
    if (kind === undefined && value === undefined) continue;
    add(`${separator}${JSON.stringify(key)}: `);
    separator = ',\n ';
    if (kind === undefined) add(JSON.stringify(value));
    else addList(value as Iterable<unknown>, add);
  }
  write(`${piece}\n}\n`);
}

function addList(list: Iterable<unknown>, add: (text: string) => void): void {
  let separator = '[\n  ';
  for (const element of list) {
    add(separator + JSON.stringify(element));
    separator = ',\n  ';
  }
  add(separator === '[\n  ' ? '[]' : '\n ]');
}
