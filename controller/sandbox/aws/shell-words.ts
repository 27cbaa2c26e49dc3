/**
 * Splits a command line as a POSIX shell would: blanks separate, single quotes keep all, double quotes keep all but `\"`,
 * `\\` and `\$`, a backslash at the end of a line joins it with the next. Variables and globs stay as they are written.
 */
export function shellWords(line: string): readonly string[] {
  const joined = line.replaceAll('\\\n', ' ');
  const words: string[] = [];
  const word = /(?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s'"\\])+/g;
  const part = /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^\s'"\\]+)/g;
  for (const [raw] of joined.matchAll(word)) {
    let text = '';
    for (const [, single, double, escaped, plain] of raw.matchAll(part)) {
      text += single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
    }
    words.push(text);
  }
  return words;
}
