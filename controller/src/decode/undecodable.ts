/** An object that cannot be read: which field, and what is wrong with it. It is refused alone. */
export interface Undecodable {
  /** As in `kubectl explain`: `spec.containers[0].resources.requests.cpu`. */
  readonly path: string;
  readonly message: string;
}

class DecodeFailure extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Returns what `decode` returns, or what it stumbled over by `fail`. Never throws, unless by our own mistake. */
export function attempt<T>(decode: () => T): T | Undecodable {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeFailure) return { path: error.path, message: error.message };
    throw error;
  }
}

/** Ends the enclosing `attempt`. */
export function fail(path: string, message: string): never {
  throw new DecodeFailure(path, message);
}

/** True for what could not be read. No decoded value has a text `message` of its own. */
export function isUndecodable(decoded: object): decoded is Undecodable {
  return 'message' in decoded && typeof decoded.message === 'string';
}
