import { INSTALLATION_ANNOTATION } from '../api/names.ts';
import type { LoopContext } from './context.ts';
import { machineAndProvisioner } from './subjects.ts';

/** How often one and the same other installation is told of (ms). */
const RETELL_MS = 5 * 60_000;

/**
 * Tells when another installation of the controller acts on this cluster. The lease keeps apart only the replicas of one namespace;
 * the sign of another one is a Machine that it makes while we lead. Machines from before may be inherited, when the product has moved
 * to another namespace. What makes two of them bearable is elsewhere: equal names for equal plans, client tokens, preconditions.
 */
export class OtherInstallations {
  readonly #context: LoopContext;
  /** UIDs of the Machines that were there when we began to lead. */
  readonly #inherited: ReadonlySet<string>;
  readonly #toldAtMs = new Map<string, number>();

  /** Everything that `context.state` holds now counts as inherited. */
  constructor(context: LoopContext) {
    this.#context = context;
    this.#inherited = new Set([...context.state.machines.values()].map(({ machine }) => machine.uid));
  }

  /** Looks at the Machine of that name, or at all of them when the name is empty, as in a change that is a whole list. */
  look(name: string): void {
    const { machines } = this.#context.state;
    for (const each of name === '' ? machines.keys() : [name]) this.#lookAt(each);
  }

  #lookAt(name: string): void {
    const { state, installation, clock, reporter } = this.#context;
    const record = state.machines.get(name);
    if (record === undefined || this.#inherited.has(record.machine.uid)) return;
    const maker = record.object.metadata.annotations?.[INSTALLATION_ANNOTATION];
    if (maker === undefined || maker === installation) return;
    const nowMs = clock.nowMs();
    if (nowMs - (this.#toldAtMs.get(maker) ?? Number.NEGATIVE_INFINITY) < RETELL_MS) return;
    this.#toldAtMs.set(maker, nowMs);
    reporter.report('installations', {
      code: 'OtherInstallation',
      message: `the controller in namespace "${maker}" makes Machines too, beside this one in "${installation}": uninstall one of them`,
      about: machineAndProvisioner(this.#context, record.machine),
      fields: { machine: name, installation: maker },
    });
  }
}
