import { amountOf } from '../resources.ts';
import type { LaunchableType } from './launchable-types.ts';
import { TypeLadder } from './type-ladder.ts';
import { positionsIn, type TypeSet } from './type-set.ts';

/** The types of one Provisioner, looked up by what they have. A type is known by its position in `types`. */
export class TypeIndex {
  readonly types: readonly LaunchableType[];
  readonly #room = new Map<string, TypeLadder>();
  readonly #capacity = new Map<string, TypeLadder>();

  constructor(types: readonly LaunchableType[]) {
    this.types = types;
  }

  /** The types by what is left for pods of one resource. */
  room(name: string): TypeLadder {
    return this.#ladder(this.#room, name, ({ room }) => amountOf(room, name));
  }

  /** The types by their capacity of one resource. */
  capacity(name: string): TypeLadder {
    return this.#ladder(this.#capacity, name, ({ type }) => amountOf(type.capacity, name));
  }

  /** The types of a set, by name. */
  list(set: TypeSet): LaunchableType[] {
    return positionsIn(set).map((position) => this.types[position] as LaunchableType);
  }

  #ladder(known: Map<string, TypeLadder>, name: string, amount: (type: LaunchableType) => number): TypeLadder {
    let ladder = known.get(name);
    if (ladder === undefined) {
      ladder = new TypeLadder(this.types.map(amount));
      known.set(name, ladder);
    }
    return ladder;
  }
}
