import type { KubeObject } from '../api/meta.ts';
import { type DecodedPod, decodePod } from './pod.ts';
import { createTemplateReader } from './pod-template.ts';
import type { Undecodable } from './undecodable.ts';

/** Reads pods as `decodePod` does, those of one template in a fraction of the time and with their parts in common. */
export type PodDecoder = (object: KubeObject) => DecodedPod | Undecodable;

/** A decoder that has seen no pod yet. */
export function createPodDecoder(): PodDecoder {
  const reader = createTemplateReader();
  return (object) => decodePod(object, reader);
}
