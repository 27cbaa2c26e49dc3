export interface MimePart {
  /** Lower case, without parameters; `text/x-shellscript` where user data is no MIME document. */
  readonly contentType: string;
  readonly body: string;
}

/** The parts of user data as cloud-init sees them: a MIME multipart document, or one plain script. */
export function mimeParts(userData: string): readonly MimePart[] {
  const text = userData.replaceAll('\r\n', '\n');
  const { headers, body } = splitHeaders(text);
  const type = headers.get('content-type');
  if (type === undefined) return [{ contentType: 'text/x-shellscript', body: text }];
  const boundary = /boundary="([^"]+)"|boundary=([^\s;]+)/i
    .exec(type)
    ?.slice(1)
    .find((group) => group !== undefined);
  if (boundary === undefined) return [{ contentType: mediaType(type), body }];
  const sections = `\n${body}`.split(`\n--${boundary}`).slice(1);
  return sections
    .filter((section) => !section.startsWith('--'))
    .map((section) => {
      const part = splitHeaders(section.replace(/^\s*\n/, ''));
      return { contentType: mediaType(part.headers.get('content-type') ?? 'text/plain'), body: part.body };
    });
}

const mediaType = (header: string): string => (header.split(';')[0] ?? '').trim().toLowerCase();

/** Header lines up to the first empty line; none when the text does not start with one. */
function splitHeaders(text: string): { headers: ReadonlyMap<string, string>; body: string } {
  const end = text.indexOf('\n\n');
  const head = end < 0 ? '' : text.slice(0, end);
  if (!/^[A-Za-z-]+:/.test(head)) return { headers: new Map(), body: text };
  const unfolded = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const headers = unfolded.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), body: text.slice(end + 2) };
}
