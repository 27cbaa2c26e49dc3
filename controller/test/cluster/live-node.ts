import { type NodeDescription, nodeObject } from '../../sandbox/world/node-object.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { KUBELET_LABEL } from './cluster-parts.ts';

/** The Node as its kubelet registers it, with what lets kwok play that kubelet. */
export function liveNode(node: NodeDescription): KubeObject {
  const labels = { ...node.labels, [KUBELET_LABEL.key]: KUBELET_LABEL.value };
  return nodeObject({ ...node, labels }, Date.now());
}

/** A merge patch after which nobody plays the kubelet any more: no heartbeat, no pod that starts or ends. */
export const KUBELET_DIES = { metadata: { labels: { [KUBELET_LABEL.key]: null } } };
