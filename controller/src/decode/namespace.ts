import type { KubeObject } from '../api/meta.ts';
import { Field } from './field.ts';
import { attempt, isUndecodable } from './undecodable.ts';

/** A Namespace, as far as pods choose it. */
export interface DecodedNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The label by which every namespace carries its name; the API server sees to it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Returns what our decisions need of a core/v1 Namespace. One whose labels cannot be read has its name. */
export function decodeNamespace({ metadata }: KubeObject): DecodedNamespace {
  const { name } = metadata;
  const labels = attempt(() => ({ stated: new Field('metadata.labels', metadata.labels).textMap() }));
  return namespaceOf(name, isUndecodable(labels) ? {} : labels.stated);
}

/** Returns the namespace of this name, of which nothing is known but perhaps some labels. */
export function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): DecodedNamespace {
  return { name, labels: { ...labels, [NAME_LABEL]: name } };
}
