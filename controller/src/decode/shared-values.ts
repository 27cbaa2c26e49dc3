/** Values remembered before the least recent ones are forgotten: what pods of a large cluster say, not what each of them is called. */
const VALUES_MAX = 20_000;

/** Makes one frozen object of equal values. Who compares by identity may still meet two that are equal: what is forgotten is made anew. */
export interface SharedValues {
  /** Returns the one object of this content. Plain data only: what JSON writes. */
  shared<T extends object>(value: T): T;
  /** Returns what was made for this text before, or else makes it. A text is of one kind of value, and tells all that `make` looks at. */
  made<T extends object>(text: string, make: () => T): T;
}

/** Remembers nothing yet, and between once and twice `valuesMax` values of each kind later on. */
export function createSharedValues(valuesMax = VALUES_MAX): SharedValues {
  const byContent = new RecentMap<object>(valuesMax);
  const byText = new RecentMap<object>(valuesMax);
  return {
    shared<T extends object>(value: T): T {
      const text = JSON.stringify(value);
      return (byContent.get(text) ?? byContent.put(text, frozen(value))) as T;
    },
    made<T extends object>(text: string, make: () => T): T {
      return (byText.get(text) ?? byText.put(text, make())) as T;
    },
  };
}

/** Two maps: when the new one is full, it takes the place of the old one, and what nobody has asked for in between is gone. */
class RecentMap<V extends object> {
  readonly #sizeMax: number;
  #recent = new Map<string, V>();
  #older = new Map<string, V>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: string): V | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(key);
    return older === undefined ? undefined : this.put(key, older);
  }

  put(key: string, value: V): V {
    if (this.#recent.size >= this.#sizeMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
    return value;
  }
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner);
  return Object.freeze(value);
}
