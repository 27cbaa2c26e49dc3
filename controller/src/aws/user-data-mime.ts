/** One part of a multi-part document. */
export interface MimePart {
  readonly contentType: string;
  readonly body: string;
}

const BOUNDARY = '//';
export const SHELL_SCRIPT = 'text/x-shellscript; charset="us-ascii"';

/** The parts as one MIME document, in order, without carriage returns. */
export function mimeDocument(parts: readonly MimePart[]): string {
  const sections = parts.map(
    ({ contentType, body }) => `--${BOUNDARY}\nContent-Type: ${contentType}\n\n${body.trimEnd()}\n`,
  );
  const header = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n`;
  return `${header}${sections.join('\n')}\n--${BOUNDARY}--\n`.replaceAll('\r', '');
}

/** True for user data that says itself that it is a MIME document. */
export function isMimeDocument(text: string): boolean {
  return /^\s*(MIME-Version|Content-Type):/.test(text);
}

/** The parts of a multi-part document with their content types; undefined when it is none. */
export function mimeParts(document: string): readonly MimePart[] | undefined {
  const text = document.replaceAll('\r', '').trimStart();
  const headersEnd = text.indexOf('\n\n');
  const headers = unfold(headersEnd < 0 ? text : text.slice(0, headersEnd));
  const boundary = /^content-type:\s*multipart\/[^;]+;.*\bboundary=(?:"([^"]+)"|([^\s;]+))/im.exec(headers);
  const delimiter = boundary?.[1] ?? boundary?.[2];
  if (delimiter === undefined || headersEnd < 0) return undefined;
  const [, ...sections] = `\n${text.slice(headersEnd)}`.split(`\n--${delimiter}`);
  const end = sections.findIndex((section) => section.startsWith('--'));
  if (end < 0) return undefined;
  return sections.slice(0, end).map(mimePart);
}

function mimePart(section: string): MimePart {
  const text = section.replace(/^[ \t]*\n/, '');
  const headersEnd = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const headers = unfold(text.slice(0, Math.max(headersEnd, 0)));
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1] ?? 'text/plain';
  return { contentType, body: (headersEnd < 0 ? text : text.slice(headersEnd)).replace(/^\n+/, '') };
}

/** Header lines may go on in indented ones. */
function unfold(headers: string): string {
  return headers.replaceAll(/\n[ \t]+/g, ' ');
}
