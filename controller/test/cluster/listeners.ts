import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that waits for connections. */
interface Listener {
  readonly port: number;
  readonly inode: string;
}

/** State of a socket in /proc/net/tcp that waits for connections. */
const LISTEN = '0A';

/**
 * The TCP ports on which the process that owns `port` listens, on whatever address, that one included, in ascending order. Throws when
 * nobody listens there. Linux only; a process is looked up by its socket, so its id need not be known.
 */
export function portsOfProcessAt(port: number): readonly number[] {
  const listeners = readListeners();
  const known = listeners.filter((listener) => listener.port === port).map(({ inode }) => inode);
  const owned = processIds().map(socketsOf);
  const sockets = owned.find((inodes) => known.some((inode) => inodes.has(inode)));
  if (sockets === undefined) throw new Error(`no process that may be looked at listens on port ${port}`);
  const ports = listeners.filter(({ inode }) => sockets.has(inode)).map((listener) => listener.port);
  return [...new Set(ports)].sort((a, b) => a - b);
}

function readListeners(): readonly Listener[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    const [, ...lines] = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n');
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => ({ port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16), inode: fields[9] ?? '' }));
  });
}

const processIds = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Inodes of a process' open sockets; none of one that has ended meanwhile or is somebody else's. */
function socketsOf(processId: string): ReadonlySet<string> {
  try {
    const links = readdirSync(`/proc/${processId}/fd`).map((fd) => linkOf(`/proc/${processId}/fd/${fd}`));
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  } catch {
    return new Set();
  }
}

/** Empty for a file that was closed between two looks. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
