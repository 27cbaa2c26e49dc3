import type { DaemonDemand } from '../core/cluster-snapshot.ts';
import type { Resources } from '../core/resources.ts';
import type { KnownPod } from './records.ts';

/** What the newest pod of a DaemonSet asks for; without `requests`, those up to that age are of a template that is no more. */
interface Lesson {
  readonly createdAtMs: number;
  readonly requests?: Resources;
}

/**
 * DaemonSets, by `namespace/name`, as what their pods ask for. Admission may make a pod larger than its template says (the defaults of a
 * LimitRange, a sidecar): nodes bought by the template would be too small, one after the other. So the newest pod counts as soon as
 * there has been one, also when it went with its node, until the template asks for something else.
 */
export class DaemonIndex {
  readonly #templates = new Map<string, DaemonDemand>();
  readonly #lessons = new Map<string, Lesson>();

  get size(): number {
    return this.#templates.size;
  }

  keys(): Iterable<string> {
    return this.#templates.keys();
  }

  /** One pod for each DaemonSet, with what its pods have been found to ask for. */
  values(): readonly DaemonDemand[] {
    return [...this.#templates].map(([key, template]) => {
      const requests = this.#lessons.get(key)?.requests;
      return requests === undefined ? template : { ...template, requests };
    });
  }

  put(key: string, template: DaemonDemand): void {
    const before = this.#templates.get(key);
    this.#templates.set(key, template);
    const lesson = this.#lessons.get(key);
    if (before === undefined || lesson === undefined || isSame(before.requests, template.requests)) return;
    this.#lessons.set(key, { createdAtMs: lesson.createdAtMs });
  }

  remove(key: string): void {
    this.#templates.delete(key);
    this.#lessons.delete(key);
  }

  /** Takes in what a pod asks for, if it is a daemon and none of its kind is newer. */
  learn({ demand, daemonSetName }: KnownPod): void {
    if (daemonSetName === undefined) return;
    const key = `${demand.namespace}/${daemonSetName}`;
    const { createdAtMs, requests } = demand;
    const lesson = this.#lessons.get(key);
    const isOld = lesson !== undefined && createdAtMs < lesson.createdAtMs;
    const isOfFormerTemplate = lesson?.requests === undefined && createdAtMs === lesson?.createdAtMs;
    if (!isOld && !isOfFormerTemplate) this.#lessons.set(key, { createdAtMs, requests });
  }
}

function isSame(a: Resources, b: Resources): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
