import type { PodSpecManifest } from '../problem/problem-file.ts';

const ANY_ADDRESS = '0.0.0.0';

/** Ports of the node that two of the pods want at once, in words: `8080/TCP`. */
export function portClashes(specs: readonly PodSpecManifest[]): string[] {
  const taken = new Map<string, { readonly address: string; readonly owner: PodSpecManifest }[]>();
  const clashes: string[] = [];
  for (const spec of specs) {
    for (const { hostPort, hostIP, protocol = 'TCP' } of spec.containers.flatMap(({ ports = [] }) => ports)) {
      if (hostPort === undefined || hostPort === 0) continue;
      const port = `${hostPort}/${protocol}`;
      const address = hostIP === undefined || hostIP === '' ? ANY_ADDRESS : hostIP;
      const others = taken.get(port) ?? [];
      const clash = others.some(
        (other) =>
          other.owner !== spec &&
          (other.address === address || other.address === ANY_ADDRESS || address === ANY_ADDRESS),
      );
      if (clash) clashes.push(port);
      taken.set(port, [...others, { address, owner: spec }]);
    }
  }
  return clashes;
}
