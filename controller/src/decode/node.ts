import type { KubeObject } from '../api/meta.ts';
import { NO_RESOURCES, type Resources } from '../core/resources.ts';
import type { Taint } from '../core/taints.ts';
import { Field } from './field.ts';
import { readResources } from './resources.ts';
import { readTaints } from './taints.ts';
import { attempt, isUndecodable } from './undecodable.ts';

/** A Node with all that our decisions ask of it. */
export interface DecodedNode {
  readonly name: string;
  readonly uid: string;
  readonly providerId?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly capacity: Resources;
  readonly allocatable: Resources;
  readonly isReady: boolean;
  /** Cordoned. */
  readonly unschedulable: boolean;
  readonly createdAtMs: number;
  readonly deletionAtMs?: number;
}

/**
 * Returns what our decisions need of a core/v1 Node. One that cannot be read is cordoned in our eyes and offers nothing: it must
 * not stop the others, and its pods are still where they are.
 */
export function decodeNode(object: KubeObject): DecodedNode {
  const decoded = attempt(() => readNode(new Field('', object)));
  return isUndecodable(decoded) ? unreadable(object) : decoded;
}

function readNode(node: Field): DecodedNode {
  const metadata = node.at('metadata');
  const spec = node.at('spec');
  const status = node.at('status');
  const providerId = spec.at('providerID').text('');
  const deletionAtMs = metadata.at('deletionTimestamp').optionalTimeMs();
  return {
    name: metadata.at('name').text(),
    uid: metadata.at('uid').text(''),
    ...(providerId === '' ? {} : { providerId }),
    labels: metadata.at('labels').textMap(),
    annotations: metadata.at('annotations').textMap(),
    taints: readTaints(spec.at('taints')),
    capacity: readResources(status.at('capacity'), 'down'),
    allocatable: readResources(status.at('allocatable'), 'down'),
    isReady: status.at('conditions').items().some(isReadyCondition),
    unschedulable: spec.at('unschedulable').flag(),
    createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
    ...(deletionAtMs === undefined ? {} : { deletionAtMs }),
  };
}

function isReadyCondition(condition: Field): boolean {
  return condition.at('type').text() === 'Ready' && condition.at('status').text() === 'True';
}

function unreadable({ metadata, spec }: KubeObject): DecodedNode {
  const providerId = (spec as { providerID?: unknown } | undefined)?.providerID;
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    ...(typeof providerId === 'string' && providerId !== '' ? { providerId } : {}),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    taints: [],
    capacity: NO_RESOURCES,
    allocatable: NO_RESOURCES,
    isReady: false,
    unschedulable: true,
    createdAtMs: 0,
  };
}
