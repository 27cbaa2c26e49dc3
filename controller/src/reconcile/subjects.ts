import type { KnownMachine } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import type { Subject } from './report.ts';

/** A Machine as what something happened to. */
export function machineSubject({ name, uid }: Pick<KnownMachine, 'name' | 'uid'>): Subject {
  return { kind: 'Machine', metadata: { name, uid } };
}

/** A Machine and the Provisioner that it was made for: the next Machine would meet with the same. */
export function machineAndProvisioner(
  { state }: Pick<LoopContext, 'state'>,
  machine: KnownMachine,
): readonly Subject[] {
  const metadata = state.provisioners.get(machine.provisionerName)?.object.metadata;
  const provisioner: readonly Subject[] = metadata === undefined ? [] : [{ kind: 'Provisioner', metadata }];
  return [machineSubject(machine), ...provisioner];
}
