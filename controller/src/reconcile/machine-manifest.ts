import { provisionerHash } from '../api/hash.ts';
import type { KubeObject } from '../api/meta.ts';
import {
  AWS_GROUP,
  AWS_VERSION,
  CAPACITY_TYPE_LABEL,
  INSTALLATION_ANNOTATION,
  INSTANCE_TYPE_LABEL,
  KARPENTER_GROUP,
  KARPENTER_VERSION,
  PROVIDER_ANNOTATION,
  PROVISIONER_HASH_ANNOTATION,
  PROVISIONER_NAME_LABEL,
  RESERVED_CAPACITY_ANNOTATION,
  TERMINATION_FINALIZER,
  ZONE_LABEL,
} from '../api/names.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import { intersectAll, type Requirements, requirement, toExpressions } from '../core/requirements.ts';
import { formatResources } from '../core/resources.ts';
import type { PlannedNode } from '../core/scheduling/plan.ts';

/**
 * The Machine that a planned node becomes: everything its launch will be made of, so that any later process can carry it on.
 * `installation` is the namespace of the controller. Labels and annotations are those of `spec`, never those of the Provisioner's own metadata: they may be Argo's or Flux's.
 */
export function machineManifest(
  name: string,
  node: PlannedNode,
  provisioner: Provisioner,
  installation: string,
): KubeObject {
  const spec = provisioner.spec ?? {};
  const inline = spec.providerRef === undefined ? { [PROVIDER_ANNOTATION]: JSON.stringify(spec.provider ?? {}) } : {};
  return {
    apiVersion: `${KARPENTER_GROUP}/${KARPENTER_VERSION}`,
    kind: 'Machine',
    metadata: {
      name,
      labels: { ...spec.labels, [PROVISIONER_NAME_LABEL]: provisioner.metadata.name },
      annotations: {
        ...spec.annotations,
        [INSTALLATION_ANNOTATION]: installation,
        [PROVISIONER_HASH_ANNOTATION]: provisionerHash(spec),
        [RESERVED_CAPACITY_ANNOTATION]: JSON.stringify(formatResources(node.reservedCapacity)),
        ...inline,
      },
      finalizers: [TERMINATION_FINALIZER],
      ownerReferences: [
        {
          apiVersion: `${KARPENTER_GROUP}/${KARPENTER_VERSION}`,
          kind: 'Provisioner',
          name: provisioner.metadata.name,
          uid: provisioner.metadata.uid ?? '',
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      requirements: toExpressions(launchRequirements(node)).map(({ key, operator, values }) => {
        return values.length === 0 ? { key, operator } : { key, operator, values };
      }),
      resources: { requests: formatResources(node.requests) },
      ...(spec.taints === undefined ? {} : { taints: spec.taints }),
      ...(spec.startupTaints === undefined ? {} : { startupTaints: spec.startupTaints }),
      ...(spec.kubeletConfiguration === undefined ? {} : { kubelet: spec.kubeletConfiguration }),
      ...(spec.providerRef === undefined ? {} : { machineTemplateRef: templateRef(spec.providerRef.name) }),
    },
  };
}

function templateRef(name: string) {
  return { apiVersion: `${AWS_GROUP}/${AWS_VERSION}`, kind: 'AWSNodeTemplate', name };
}

/** The node's requirements, narrowed to the types, zones and capacity types that the plan saw on sale. */
function launchRequirements(node: PlannedNode): Requirements {
  const narrowed = [
    requirement(INSTANCE_TYPE_LABEL, 'In', node.instanceTypes),
    requirement(ZONE_LABEL, 'In', distinct(node.options.map((option) => option.zone))),
    requirement(CAPACITY_TYPE_LABEL, 'In', distinct(node.options.map((option) => option.capacityType))),
  ];
  return intersectAll(node.requirements, new Map(narrowed.map((each) => [each.key, each])));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
