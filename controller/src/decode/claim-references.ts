import type { Field } from './field.ts';

/** How a volume of a pod names its claim. */
export type ClaimReference =
  | { readonly kind: 'named'; readonly name: string }
  /** The claim is made for the pod and named `<pod>-<volume>`; until then its template says which class it will have. */
  | { readonly kind: 'ephemeral'; readonly volume: string; readonly className?: string };

const NO_CLAIMS: readonly ClaimReference[] = Object.freeze([]);

/** The claims that the volumes of this pod spec name, in its order, inside an `attempt`. Other volumes follow the pod anywhere. */
export function readClaimReferences(spec: Field): readonly ClaimReference[] {
  const references: ClaimReference[] = [];
  for (const volume of spec.at('volumes').items()) {
    const claim = volume.at('persistentVolumeClaim');
    const ephemeral = volume.at('ephemeral');
    if (!claim.isAbsent) references.push({ kind: 'named', name: claim.at('claimName').text() });
    if (!ephemeral.isAbsent) {
      const className = ephemeral.at('volumeClaimTemplate').at('spec').at('storageClassName').optionalText();
      references.push({
        kind: 'ephemeral',
        volume: volume.at('name').text(),
        ...(className === undefined ? {} : { className }),
      });
    }
  }
  // Most pods have none, and there are many pods.
  return references.length === 0 ? NO_CLAIMS : references;
}
