import type { NodeTemplate, ResolvedTemplate } from '../../src/ports/cloud.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Hardware } from './catalogue.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Image, Subnet } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { describeImages } from './images.ts';
import { describeSecurityGroups } from './security-groups.ts';
import { describeSubnets, freeAddressCount } from './subnets.ts';

type Selector = Readonly<Record<string, string>>;

/** What a template's selectors find in the model now. Throws `template-unresolved` for the first that finds nothing. */
export function resolveTemplate(model: CloudModel, { spec, source }: NodeTemplate): ResolvedTemplate {
  const subnets = selectSubnets(model, spec.subnetSelector);
  const groups =
    spec.securityGroupSelector === undefined
      ? []
      : describeSecurityGroups(model, selectorFilters(spec.securityGroupSelector, 'group-id'));
  const images = selectImages(model, spec.amiFamily, spec.amiSelector);
  const missing = [
    [subnets.length, 'subnetSelector matches no subnet'],
    [groups.length, 'securityGroupSelector matches no security group'],
    [images.length, 'no image is published for this family and version, or amiSelector matches none'],
    [(spec.instanceProfile ?? '').length, 'no instance profile is set'],
  ] as const;
  const problem = missing.find(([count]) => count === 0)?.[1];
  if (problem !== undefined) throw new OperationError('template-unresolved', 'backoff', `${source}: ${problem}`);
  return {
    subnets: subnets.map(({ id, zone }) => ({ id, zone })),
    securityGroups: groups.map(({ id, name }) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    images: images.map(({ image: { id, name, arch } }) => ({ id, name, arch })),
    instanceProfile: spec.instanceProfile ?? '',
  };
}

/** By free addresses, most first, then id. */
function selectSubnets(model: CloudModel, selector: Selector): readonly Subnet[] {
  const found = describeSubnets(model, selectorFilters(selector, 'subnet-id'));
  return [...found].sort((a, b) => freeAddressCount(b) - freeAddressCount(a) || (a.id < b.id ? -1 : 1));
}

/** An empty selector matches nothing; `*` asks for the key alone; values are comma-separated; `aws-ids` names ids. */
function selectorFilters(selector: Selector, idFilter: string): readonly Filter[] {
  const entries = Object.entries(selector);
  if (entries.length === 0) return [{ name: idFilter, values: [] }];
  return entries.map(([key, value]) => {
    const values = value.split(',').map((part) => part.trim());
    if (key === 'aws-ids' || key === 'aws::ids') return { name: idFilter, values };
    if (key === 'aws::name') return { name: 'name', values };
    return value === '*' ? { name: 'tag-key', values: [key] } : { name: `tag:${key}`, values };
  });
}

type Devices = 'none' | 'gpu' | 'neuron';

/** An image, and for which types it is built. */
interface BootImage {
  readonly image: Image;
  /** Undefined: for all of its architecture. */
  readonly devices: readonly Devices[] | undefined;
}

/** Which image a type boots under the template: the newest that suits, or undefined when none does. */
export function imageChoice(model: CloudModel, { spec }: NodeTemplate): (hardware: Hardware) => Image | undefined {
  const images = selectImages(model, spec.amiFamily, spec.amiSelector);
  return (hardware) => {
    const devices: Devices = hardware.gpus ? 'gpu' : hardware.accelerators || hardware.neuron ? 'neuron' : 'none';
    const suits = (boot: BootImage): boolean => boot.devices === undefined || boot.devices.includes(devices);
    return images.find((boot) => boot.image.arch === hardware.arch && suits(boot))?.image;
  };
}

/** By selector, newest first, else those AWS publishes; AL2 where there is one and no family is asked for. */
function selectImages(
  model: CloudModel,
  family: string | undefined,
  selector: Selector | undefined,
): readonly BootImage[] {
  if (selector !== undefined) {
    const { 'aws::owners': owners, ...rest } = selector;
    const found = describeImages(model, {
      filters: selectorFilters(rest, 'image-id'),
      ...(owners === undefined ? {} : { owners: owners.split(',') }),
    });
    const newestFirst = (a: Image, b: Image): number =>
      a.createdAt === b.createdAt ? (a.name < b.name ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1;
    return [...found].sort(newestFirst).map((image) => ({ image, devices: undefined }));
  }
  const families = family === undefined ? ['AL2', 'AL2023'] : [family];
  return families.map((name) => publishedFor(model, name)).find((images) => images.length > 0) ?? [];
}

const EKS = '/aws/service/eks/optimized-ami/<v>';
const BOTTLEROCKET = '/aws/service/bottlerocket/aws-k8s-<v>';

/** Which published image a family boots on which types. */
const PARAMETERS: Readonly<Record<string, readonly (readonly [string, ...Devices[]])[]>> = {
  AL2: [
    [`${EKS}/amazon-linux-2/recommended/image_id`, 'none'],
    [`${EKS}/amazon-linux-2-arm64/recommended/image_id`, 'none'],
    [`${EKS}/amazon-linux-2-gpu/recommended/image_id`, 'gpu', 'neuron'],
  ],
  AL2023: [
    [`${EKS}/amazon-linux-2023/x86_64/standard/recommended/image_id`, 'none'],
    [`${EKS}/amazon-linux-2023/arm64/standard/recommended/image_id`, 'none'],
    [`${EKS}/amazon-linux-2023/x86_64/nvidia/recommended/image_id`, 'gpu'],
    [`${EKS}/amazon-linux-2023/arm64/nvidia/recommended/image_id`, 'gpu'],
    [`${EKS}/amazon-linux-2023/x86_64/neuron/recommended/image_id`, 'neuron'],
  ],
  Bottlerocket: [
    [`${BOTTLEROCKET}/x86_64/latest/image_id`, 'none', 'neuron'],
    [`${BOTTLEROCKET}/arm64/latest/image_id`, 'none'],
    [`${BOTTLEROCKET}-nvidia/x86_64/latest/image_id`, 'gpu'],
    [`${BOTTLEROCKET}-nvidia/arm64/latest/image_id`, 'gpu'],
  ],
};

function publishedFor({ state }: CloudModel, family: string): readonly BootImage[] {
  return (PARAMETERS[family] ?? []).flatMap(([parameter, ...devices]) => {
    const id = state.parameters[parameter.replace('<v>', state.cluster.version)];
    return state.images.filter((image) => image.id === id).map((image) => ({ image, devices }));
  });
}
