type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const PLAIN = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/**
 * Returns the index at which `text` stops being one JSON value; its length when all of it is one, or when it only lacks an end.
 * `JSON.parse` says that a text is wrong, but not always where. Works without recursion: a wrong text may be nested in any depth.
 */
export function syntaxErrorIndex(text: string): number {
  const open: ('}' | ']')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const end = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma or end');
  for (;;) {
    at = end(SPACE);
    const found = text[at];
    if (found === undefined || expected === 'nothing') return at;
    if (expected.endsWith('or end') && found === open.at(-1)) {
      open.pop();
      at += 1;
      expected = afterValue();
      continue;
    }
    let next = at + 1;
    if (expected === 'colon') {
      if (found !== ':') return at;
      expected = 'value';
    } else if (expected === 'comma or end') {
      if (found !== ',') return at;
      expected = open.at(-1) === '}' ? 'key' : 'value';
    } else if (expected === 'key' || expected === 'key or end') {
      next = textEnd(text, at);
      expected = 'colon';
    } else if (found === '{' || found === '[') {
      open.push(found === '{' ? '}' : ']');
      expected = found === '{' ? 'key or end' : 'value or end';
    } else {
      next = found === '"' ? textEnd(text, at) : end(PLAIN);
      expected = afterValue();
    }
    if (next === at) return at;
    at = next;
  }
}

/** Where the text in quotes that starts at `at` ends; `at` itself when there is none. No pattern: those give up on long texts. */
function textEnd(text: string, at: number): number {
  if (text[at] !== '"') return at;
  let next = at + 1;
  for (;;) {
    const found = text[next];
    if (found === undefined || found < ' ') return at;
    if (found === '"') return next + 1;
    ESCAPE.lastIndex = next;
    if (found !== '\\') next += 1;
    else if (ESCAPE.test(text)) next = ESCAPE.lastIndex;
    else return at;
  }
}
