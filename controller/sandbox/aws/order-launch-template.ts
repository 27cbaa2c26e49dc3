import { CAPACITY_TYPE_LABEL, LAUNCH_TEMPLATE_CLUSTER_TAG } from '../../src/api/names.ts';
import type { KubeletConfiguration } from '../../src/api/provisioner.gen.ts';
import { parseAmount } from '../../src/core/resources.ts';
import type { LaunchOrder, NodeTemplate, ResolvedTemplate } from '../../src/ports/cloud.ts';
import { POD_DEVICE, VOLUME_GIB_DEFAULT } from './booting-instance.ts';
import type { CloudModel } from './cloud-model.ts';
import type { LaunchTemplateData } from './cloud-state.ts';
import { dropAbsent } from './kubelet-flags.ts';
import { createLaunchTemplate } from './launch-templates.ts';
import type { KubeletSettings } from './node-boot.ts';
import { hashDigits } from './stable-hash.ts';

const GIB = 1024 ** 3;

/** The name of the launch template with this very content; makes it when there is none. The name is the content's hash. */
export function ensureLaunchTemplate(
  model: CloudModel,
  order: LaunchOrder,
  resolved: ResolvedTemplate,
  imageId: string,
): string {
  const data: LaunchTemplateData = {
    imageId,
    instanceProfile: resolved.instanceProfile,
    securityGroupIds: resolved.securityGroups.map(({ id }) => id),
    volumes: volumesOf(order.template),
    tagSpecifications: [],
    nodeBoot: {
      join: {
        clusterName: model.state.cluster.name,
        labels: { [CAPACITY_TYPE_LABEL]: order.capacityType, ...kubeletLabels(order.labels) },
        // A kubelet refuses a taint without effect.
        taints: [...order.taints, ...order.startupTaints].filter(({ effect }) => effect !== ''),
      },
      kubelet: kubeletSettings(order.kubelet),
    },
  };
  const name = `karpenter.k8s.aws/${hashDigits(JSON.stringify(data), 16)}`;
  if (model.state.launchTemplates[name] === undefined) {
    createLaunchTemplate(model, name, data, { [LAUNCH_TEMPLATE_CLUSTER_TAG]: model.state.cluster.name });
  }
  return name;
}

/** Labels that a kubelet may set on its own Node; the API server keeps these to administrators. */
function kubeletLabels(labels: LaunchOrder['labels']): Record<string, string> {
  const isReserved = (key: string): boolean => /^([^/]*\.)?node-restriction\.kubernetes\.io\//.test(key);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key)));
}

function kubeletSettings(kubelet: KubeletConfiguration): KubeletSettings {
  const quantities = (map: Record<string, string | number> | undefined): Record<string, string> | undefined =>
    map && Object.fromEntries(Object.entries(map).map(([name, quantity]) => [name, String(quantity)]));
  return dropAbsent({
    maxPods: kubelet.maxPods,
    podsPerCore: kubelet.podsPerCore,
    kubeReserved: quantities(kubelet.kubeReserved),
    systemReserved: quantities(kubelet.systemReserved),
    evictionHard: kubelet.evictionHard,
  });
}

/** The volumes a template asks for; those without a size take their snapshot's, which we do not know. */
function volumesOf({ spec }: NodeTemplate): LaunchTemplateData['volumes'] {
  return (spec.blockDeviceMappings ?? []).flatMap(({ deviceName, ebs }) => {
    const bytes = ebs.volumeSize === undefined ? undefined : parseAmount('ephemeral-storage', ebs.volumeSize, 'up');
    return bytes === undefined ? [] : [{ deviceName, sizeGiB: Math.ceil(bytes / GIB) }];
  });
}

/** Size of the volume that holds a node's pods. */
export function podVolumeBytes(template: NodeTemplate): number {
  const device = template.spec.amiFamily === 'Bottlerocket' ? POD_DEVICE.Bottlerocket : POD_DEVICE.AL2;
  const volume = volumesOf(template).find(({ deviceName }) => deviceName === device);
  return (volume?.sizeGiB ?? VOLUME_GIB_DEFAULT) * GIB;
}
