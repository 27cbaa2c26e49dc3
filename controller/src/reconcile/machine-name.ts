import { createHash } from 'node:crypto';

/** Kubernetes' own alphabet for generated names: no vowels, so no words; no digits that look like letters. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 6;

/**
 * The name of the Machine that will hold `firstPodUid`: the same pod gives the same name, so that a creation whose answer was
 * lost, or that a crash cut off, meets itself and does not buy twice. `isTaken` moves on when the pod had a Machine before.
 */
export function machineName(provisionerName: string, firstPodUid: string, isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${provisionerName}/${firstPodUid}/${attempt}`).digest();
    const suffix = [...digest.subarray(0, SUFFIX_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
    const name = `${provisionerName}-${suffix}`;
    if (!isTaken(name)) return name;
  }
}
