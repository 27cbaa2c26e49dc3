import type { Field } from './field.ts';

/** Who an object belongs to. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly isController: boolean;
}

/** The owner references of an object's metadata, inside an `attempt`. */
export function readOwners(metadata: Field): Owner[] {
  return metadata
    .at('ownerReferences')
    .items()
    .map((owner) => ({
      apiVersion: owner.at('apiVersion').text(''),
      kind: owner.at('kind').text(),
      name: owner.at('name').text(''),
      isController: owner.at('controller').flag(),
    }));
}
