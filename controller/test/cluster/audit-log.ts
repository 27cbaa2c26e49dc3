import { readFileSync } from 'node:fs';

/** One call as the API server saw it; a watch is listed when it ends. */
export interface ApiCall {
  /** When the request came. */
  readonly atMs: number;
  readonly user: string;
  /** The pod that the token of a service account is bound to. */
  readonly pod: string | undefined;
  readonly verb: string;
  /** `resource[.group][/subresource]`; a path where it is about no resource. */
  readonly on: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Of the answer. */
  readonly status: number;
}

/** Where the API server notes what a token is bound to. */
const POD_NAME = 'authentication.kubernetes.io/pod-name';

interface AuditEvent {
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The calls in an audit log, oldest first. A line that is being written is left for the next look. */
export function readCalls(path: string): readonly ApiCall[] {
  const text = readFileSync(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => callOf(JSON.parse(line) as AuditEvent));
}

function callOf({ requestReceivedTimestamp, user, verb, requestURI, objectRef, responseStatus }: AuditEvent): ApiCall {
  return {
    atMs: Date.parse(requestReceivedTimestamp),
    user: user.username,
    pod: user.extra?.[POD_NAME]?.[0],
    verb,
    on: objectRef === undefined ? requestURI : resourceOf(objectRef),
    namespace: objectRef?.namespace,
    name: objectRef?.name,
    status: responseStatus?.code ?? 0,
  };
}

function resourceOf({ resource = '', apiGroup, subresource }: NonNullable<AuditEvent['objectRef']>): string {
  const group = apiGroup === undefined ? '' : `.${apiGroup}`;
  return `${resource}${group}${subresource === undefined ? '' : `/${subresource}`}`;
}
