import type { KubeObject } from '../../src/api/meta.ts';
import { ageColumn, conditionOf, nameColumn, text } from './columns.ts';
import { listOf, valueAt } from './json-value.ts';
import type { Column } from './served-kind.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

export const nodeColumns: readonly Column[] = [
  nameColumn,
  text('Status', (node) => {
    const ready = conditionOf(node, 'Ready')?.status;
    const word = ready === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
    return valueAt(node.spec, 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
  }),
  text('Roles', (node) => {
    const labels = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(ROLE_PREFIX));
    return (
      labels
        .map((label) => label.slice(ROLE_PREFIX.length))
        .sort()
        .join(',') || undefined
    );
  }),
  ageColumn,
  text('Version', (node) => valueAt(node.status, 'nodeInfo', 'kubeletVersion') ?? ''),
  text('Internal-IP', (node) => address(node, 'InternalIP'), 'wide'),
  text('External-IP', (node) => address(node, 'ExternalIP'), 'wide'),
  text('OS-Image', (node) => valueAt(node.status, 'nodeInfo', 'osImage') ?? '<unknown>', 'wide'),
  text('Kernel-Version', (node) => valueAt(node.status, 'nodeInfo', 'kernelVersion') ?? '<unknown>', 'wide'),
  text(
    'Container-Runtime',
    (node) => valueAt(node.status, 'nodeInfo', 'containerRuntimeVersion') ?? '<unknown>',
    'wide',
  ),
];

function address(node: KubeObject, type: string): unknown {
  const found = listOf(valueAt(node.status, 'addresses')).find((item) => valueAt(item, 'type') === type);
  return valueAt(found, 'address');
}
