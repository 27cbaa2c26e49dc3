import { readFileSync } from 'node:fs';

/** One call as the API server saw it; a watch is listed when it ends. */
export interface ApiCall {
  readonly user: string;
  readonly verb: string;
  /** `resource[.group][/subresource]`; a path where it is about no resource. */
  readonly on: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Of the answer. */
  readonly status: number;
}

interface AuditEvent {
  readonly user: { readonly username: string };
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

function callOf({ user, verb, requestURI, objectRef, responseStatus }: AuditEvent): ApiCall {
  return {
    user: user.username,
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
