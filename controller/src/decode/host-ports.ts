import type { HostPort } from '../core/host-port.ts';
import type { Field } from './field.ts';

/** Addresses that mean every address of the node. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/**
 * The ports of the node that the pod of this spec takes, inside an `attempt`. Sidecars hold theirs as long as containers do; those of
 * other init containers do not count, as in kube-scheduler.
 */
export function readHostPorts(spec: Field): HostPort[] {
  const sidecars = spec
    .at('initContainers')
    .items()
    .filter((container) => container.at('restartPolicy').text('') === 'Always');
  const ports = [...spec.at('containers').items(), ...sidecars].flatMap((container) => container.at('ports').items());
  return ports.filter((port) => port.at('hostPort').integer(0) !== 0).map(readHostPort);
}

function readHostPort(field: Field): HostPort {
  const ip = field.at('hostIP').text('');
  const protocol = field.at('protocol').text('TCP');
  return { ip: EVERY_ADDRESS.has(ip) ? '' : ip, port: field.at('hostPort').integer(), protocol };
}
