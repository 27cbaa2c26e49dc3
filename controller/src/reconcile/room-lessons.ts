import { fitsResources, type Resources } from '../core/resources.ts';

/**
 * Nodes that must have been too small before their type is believed to be. One may be odd (a daemon on its way out and its successor at
 * once, a kubelet that reports late); a third would be money for nothing.
 */
export const NODES_MIN = 2;
/** How long a node is remembered (ms). What makes nodes small may be mended where we do not see it: then two are tried again, an hour later. */
const LESSON_MS = 60 * 60_000;

interface Lesson {
  readonly room: Resources;
  readonly learntAtMs: number;
}

/**
 * What nodes of a kind have been found to leave for pods, where they left less than a pod needed that they were bought for. Our figures of
 * what an instance type holds are a promise; user data, images, admission and daemons that choose nodes by labels of a third party can break
 * it, and without a memory the same node would be bought for the same pod for ever. A kind is whatever makes nodes alike: the instance type,
 * and the spec they were made from. In memory only: a restart learns from the nodes that stand.
 */
export class RoomLessons {
  /** By kind, then by Machine. */
  readonly #lessons = new Map<string, Map<string, Lesson>>();

  /** Notes that the node of this Machine leaves `room`; true when the Machine is the one after which its kind counts as too small. */
  learn(kind: string, machineName: string, room: Resources, nowMs: number): boolean {
    const ofKind = this.#lessons.get(kind) ?? new Map<string, Lesson>();
    const isNew = !ofKind.has(machineName);
    this.#lessons.set(kind, ofKind.set(machineName, { room, learntAtMs: nowMs }));
    return isNew && ofKind.size === NODES_MIN;
  }

  /** Takes in what the node of a Machine leaves now, if it has taught: what took its room may have gone. */
  see(kind: string, machineName: string, room: Resources): void {
    const lessons = this.#lessons.get(kind);
    const lesson = lessons?.get(machineName);
    if (lesson !== undefined) lessons?.set(machineName, { ...lesson, room });
  }

  /** True when enough nodes of the kind have left less than one of the requests asks for. */
  isTooSmall(kind: string, requests: readonly Resources[]): boolean {
    const lessons = this.#lessons.get(kind);
    if (lessons === undefined || lessons.size < NODES_MIN) return false;
    const rooms = [...lessons.values()].map(({ room }) => room);
    return requests.some((each) => rooms.filter((room) => !fitsResources(each, room)).length >= NODES_MIN);
  }

  /** Forgets what is old. */
  prune(nowMs: number): void {
    for (const [kind, lessons] of this.#lessons) {
      for (const [machineName, { learntAtMs }] of lessons) {
        if (nowMs - learntAtMs >= LESSON_MS) lessons.delete(machineName);
      }
      if (lessons.size === 0) this.#lessons.delete(kind);
    }
  }
}
