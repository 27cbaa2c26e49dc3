/** A port of the node that a container takes for itself. */
export interface HostPort {
  /** Empty for every address of the node. */
  readonly ip: string;
  readonly port: number;
  readonly protocol: string;
}

/** True when a node cannot give both: same port and protocol on one address, or on every address. */
function conflicts(left: HostPort, right: HostPort): boolean {
  if (left.port !== right.port || left.protocol !== right.protocol) return false;
  return left.ip === right.ip || left.ip === '' || right.ip === '';
}

/** Returns the first of `wanted` that some of `taken` stands in the way of, or undefined. */
export function firstTakenPort(wanted: readonly HostPort[], taken: readonly HostPort[]): HostPort | undefined {
  return wanted.find((port) => taken.some((other) => conflicts(port, other)));
}

/** Returns the port as `8080/TCP`, with its address where it has one: `10.0.0.1:8080/TCP`. */
export function formatHostPort({ ip, port, protocol }: HostPort): string {
  return `${ip === '' ? '' : `${ip}:`}${port}/${protocol}`;
}
