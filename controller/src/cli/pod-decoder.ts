import type { KubeObject } from '../api/meta.ts';
import { type DecodedPod, decodePod } from '../decode/pod.ts';
import { isUndecodable, type Undecodable } from '../decode/undecodable.ts';

/** Different pods remembered. A problem of more of them is decoded pod by pod from there on. */
const KNOWN_MAX = 20_000;
/** The claim of such a volume is named after its pod, so pods that have one differ by more than their names. */
const EPHEMERAL_VOLUME = '"ephemeral":';

/**
 * Decodes pods; those that differ by nothing but name and UID only once, as replicas do, which are most of the pods of any cluster. They
 * share what they have in common, so a million of them fits in memory.
 */
export class PodDecoder {
  readonly #known = new Map<string, DecodedPod>();

  decode(object: KubeObject): DecodedPod | Undecodable {
    const { name, uid, ...common } = object.metadata;
    const key = JSON.stringify({ ...object, metadata: common });
    const known = this.#known.get(key);
    if (known !== undefined && typeof name === 'string' && typeof uid === 'string') {
      return { ...known, demand: { ...known.demand, name, uid } };
    }
    const pod = decodePod(object);
    const isShared = !isUndecodable(pod) && !key.includes(EPHEMERAL_VOLUME);
    if (isShared && this.#known.size < KNOWN_MAX) this.#known.set(key, pod);
    return pod;
  }
}
