import { copyName, POSITIONAL_UID_PREFIX, positionalUid } from './pending-pods.ts';

/** The names and UIDs that pods of the input have taken. */
export class PodNames {
  readonly #uids = new Set<string>();
  /** By namespace. */
  readonly #names = new Map<string, Set<string>>();
  /** Names of sets, by namespace. */
  readonly #sets = new Map<string, Set<string>>();
  /** Someone gave a pod a UID of the kind that pods without one get. */
  #hasPositionalUid = false;

  /** Takes the UID; false when another pod has it. */
  takeUid(uid: string, isStated: boolean): boolean {
    if (isStated && uid.startsWith(POSITIONAL_UID_PREFIX)) this.#hasPositionalUid = true;
    return take(this.#uids, uid);
  }

  /** Takes the name; false when another pod has it. */
  takeName(namespace: string, name: string): boolean {
    return take(setIn(this.#names, namespace), name);
  }

  /**
   * Takes the names and UIDs of a set's copies; returns what of them is taken already. Asked after all single pods: as a rule none of
   * them has a name or UID like a copy's, and then the copies need not be gone through.
   */
  takeSet(set: {
    readonly namespace: string;
    readonly name: string;
    readonly count: number;
    readonly firstPosition: number;
  }): string | undefined {
    const { namespace, name, count, firstPosition } = set;
    if (count === 0) return undefined;
    if (!take(setIn(this.#sets, namespace), name)) return `name ${namespace}/${copyName(name, 0)}`;
    const names = this.#names.get(namespace);
    if (names === undefined && !this.#hasPositionalUid) return undefined;
    for (let index = 0; index < count; index += 1) {
      if (names?.has(copyName(name, index))) return `name ${namespace}/${copyName(name, index)}`;
      const uid = positionalUid(firstPosition + index);
      if (this.#hasPositionalUid && this.#uids.has(uid)) return `uid ${uid}`;
    }
    return undefined;
  }
}

function take(taken: Set<string>, name: string): boolean {
  if (taken.has(name)) return false;
  taken.add(name);
  return true;
}

function setIn(sets: Map<string, Set<string>>, key: string): Set<string> {
  const known = sets.get(key);
  if (known) return known;
  const created = new Set<string>();
  sets.set(key, created);
  return created;
}
