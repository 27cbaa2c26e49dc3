import type { KubeObject } from '../api/meta.ts';
import { Field } from './field.ts';
import { attempt, type Undecodable } from './undecodable.ts';

/** How many volumes each driver can attach to one node; a driver that is absent takes any number. */
export type AttachmentLimits = Readonly<Record<string, number>>;

/** Returns the limits that a storage.k8s.io/v1 CSINode states, or the field that cannot be read. */
export function decodeCsiNode(object: KubeObject): { readonly limits: AttachmentLimits } | Undecodable {
  return attempt(() => {
    const drivers = new Field('', object).at('spec').at('drivers').items();
    const limits = drivers.flatMap((driver) => {
      const count = driver.at('allocatable').at('count').optionalInteger();
      return count === undefined ? [] : [[driver.at('name').text(), count] as const];
    });
    return { limits: Object.fromEntries(limits) };
  });
}
