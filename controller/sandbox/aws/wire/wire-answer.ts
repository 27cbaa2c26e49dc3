/** An HTTP answer, ready to be written. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What of a request decides the service and the answer. */
export interface WireRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Given back in the answer; unique in one server. */
  readonly requestId: string;
}

/** `root` as an XML document. */
export function xmlAnswer(status: number, root: string): WireAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}

/** `value` as JSON. `application/json` where the protocol has no type of its own. */
export function jsonAnswer(status: number, value: object, contentType = 'application/json'): WireAnswer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(value) };
}
