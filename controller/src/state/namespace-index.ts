import type { PodDemand } from '../core/pod-demand.ts';
import type { PodAffinityTerm } from '../core/pod-topology.ts';
import { labelsSatisfy, requirementsOf } from '../core/requirements.ts';
import type { DecodedNamespace } from '../decode/namespace.ts';
import { type ChoosingSelector, choosesNamespaces } from '../decode/pod-topology.ts';

/** The namespaces that there are, and which of them pods choose by their labels. */
export class NamespaceIndex {
  readonly #namespaces = new Map<string, DecodedNamespace>();
  /** What was found for the namespaces as they are now: of selectors by what they ask for, of parts of demands by the part. */
  #chosen = new Map<string, readonly string[]>();
  #resolved = new WeakMap<object, object>();

  has(name: string): boolean {
    return this.#namespaces.has(name);
  }

  names(): Iterable<string> {
    return this.#namespaces.keys();
  }

  /** Takes a namespace in, in place of any copy. */
  put(namespace: DecodedNamespace): void {
    this.#namespaces.set(namespace.name, namespace);
    this.#forget();
  }

  remove(name: string): void {
    this.#namespaces.delete(name);
    this.#forget();
  }

  /**
   * Returns the demand with each namespace by its name that its terms choose now: what the core can weigh. The same object each time
   * until a namespace changes; the demand itself when it chooses none, as nearly all do. What demands share, they still share.
   */
  resolve(demand: PodDemand): PodDemand {
    if (!chooses(demand)) return demand;
    return this.#once(demand, ({ podAffinity, podAntiAffinity, wishes }) => ({
      ...demand,
      podAffinity: this.#resolveTerms(podAffinity),
      podAntiAffinity: this.#resolveTerms(podAntiAffinity),
      wishes: this.#once(wishes, () => ({
        ...wishes,
        podAffinity: wishes.podAffinity.map((wish) => ({ ...wish, value: this.#resolveTerm(wish.value) })),
        podAntiAffinity: wishes.podAntiAffinity.map((wish) => ({ ...wish, value: this.#resolveTerm(wish.value) })),
      })),
    }));
  }

  #resolveTerms(terms: readonly PodAffinityTerm[]): readonly PodAffinityTerm[] {
    return this.#once(terms, () => terms.map((term) => this.#resolveTerm(term)));
  }

  #resolveTerm(term: PodAffinityTerm): PodAffinityTerm {
    const { selector } = term;
    if (!choosesNamespaces(selector)) return term;
    return { ...term, selector: { namespaces: this.#namesFor(selector), labels: selector.labels } };
  }

  /** Those named and those chosen, sorted. */
  #namesFor({ namespaces, namespaceLabels }: ChoosingSelector): readonly string[] {
    const key = JSON.stringify([namespaces, namespaceLabels]);
    const known = this.#chosen.get(key);
    if (known !== undefined) return known;
    const wanted = requirementsOf(namespaceLabels);
    const chosen = [...this.#namespaces.values()].filter(({ labels }) => labelsSatisfy(labels, wanted));
    const names = [...new Set([...namespaces, ...chosen.map(({ name }) => name)])].sort();
    this.#chosen.set(key, names);
    return names;
  }

  /** What `make` makes of `part`, made once for the namespaces as they are. */
  #once<T extends object>(part: T, make: (part: T) => T): T {
    const known = this.#resolved.get(part) as T | undefined;
    if (known !== undefined) return known;
    const made = make(part);
    this.#resolved.set(part, made);
    return made;
  }

  #forget(): void {
    this.#chosen = new Map();
    this.#resolved = new WeakMap();
  }
}

function chooses({ podAffinity, podAntiAffinity, wishes }: PodDemand): boolean {
  return (
    podAffinity.some(isChoosing) ||
    podAntiAffinity.some(isChoosing) ||
    wishes.podAffinity.some(({ value }) => isChoosing(value)) ||
    wishes.podAntiAffinity.some(({ value }) => isChoosing(value))
  );
}

function isChoosing({ selector }: PodAffinityTerm): boolean {
  return choosesNamespaces(selector);
}
