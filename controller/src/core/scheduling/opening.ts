import { compatible, joinRequirements } from '../compatibility.ts';
import { firstTakenPort } from '../host-port.ts';
import type { Requirements } from '../requirements.ts';
import { fitsResources } from '../resources.ts';
import { isBuyable, satisfiesRequirements } from './instance-type-filter.ts';
import type { LaunchableType } from './launchable-types.ts';
import { incompatible, noneInStock, noTypeHolds, noTypeMeets, portTaken, type Shortfall } from './misses.ts';
import type { PodShape } from './pod-shape.ts';
import type { Prospect } from './prospect.ts';

/** What new nodes of one Provisioner can be. */
export interface NewNodes {
  readonly requirements: Requirements;
  readonly types: readonly LaunchableType[];
  readonly allowUndefined: ReadonlySet<string>;
}

/** Returns what a new node for a pod of this shape, in one of its alternatives, would start as, or the first rule that leaves nothing. */
export function weighOpening(
  { requirements: own, types: all, allowUndefined }: NewNodes,
  wanted: Requirements,
  shape: PodShape,
): Prospect | Shortfall {
  const conflict = compatible(own, wanted, allowUndefined);
  if (conflict !== undefined) return incompatible(conflict);
  const requirements = joinRequirements(own, wanted, allowUndefined);
  const meeting = all.filter(({ type }) => satisfiesRequirements(type, requirements));
  if (meeting.length === 0) return noTypeMeets(requirements, all);
  const roomy = meeting.filter(({ room }) => fitsResources(shape.requests, room));
  if (roomy.length === 0) return noTypeHolds(shape.requests, meeting);
  const free = roomy.filter(({ hostPorts }) => firstTakenPort(shape.hostPorts, hostPorts) === undefined);
  if (free.length === 0) return portTaken(roomy, shape.hostPorts);
  const types = free.filter(({ type }) => isBuyable(type, requirements));
  return types.length === 0 ? noneInStock(free) : { requirements, types };
}
