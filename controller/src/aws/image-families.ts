import type { BlockDeviceMapping } from '../api/aws-node-template.gen.ts';

export type FamilyName = 'AL2' | 'AL2023' | 'Bottlerocket' | 'Ubuntu' | 'Custom';
export type Arch = 'amd64' | 'arm64';

/** Which instance types an image is built for: those without accelerators, those with GPUs, with Inferentia or Trainium, or all. */
export type ImageVariant = 'plain' | 'gpu' | 'neuron' | 'any';

/** Where AWS publishes an image id. */
export interface ImageParameter {
  readonly path: string;
  readonly arch: Arch;
  readonly variants: readonly ImageVariant[];
}

/** What one family of machine images has of its own. */
export interface ImageFamily {
  readonly name: FamilyName;
  /** Public SSM parameters for a cluster of that version (`1.31`); empty when images must be selected. */
  parameters(kubernetesVersion: string): readonly ImageParameter[];
  /** Volumes when the template names none; empty: the image decides. */
  readonly defaultBlockDevices: readonly BlockDeviceMapping[];
  /** The device that holds pods' ephemeral storage; undefined: the last one mapped. */
  readonly ephemeralDevice: string | undefined;
  readonly userDataFormat: 'eks-bootstrap' | 'nodeadm' | 'bottlerocket' | 'verbatim';
  /** AL2's bootstrap script alone still chooses a container runtime. */
  readonly choosesContainerRuntime: boolean;
  readonly supportsPodsPerCore: boolean;
  readonly supportsEvictionSoft: boolean;
  /** The image's own memory reserve grows with the pods that its interfaces could address, whatever maxPods says. */
  readonly reservesMemoryByInterfaces: boolean;
}

const ROOT_VOLUME_SIZE = '20Gi';

/** An encrypted gp3 volume that goes with its instance. */
function volume(deviceName: string, volumeSize: string): BlockDeviceMapping {
  return { deviceName, ebs: { encrypted: true, volumeType: 'gp3', volumeSize, deleteOnTermination: true } };
}

const LINUX_DEFAULTS = {
  choosesContainerRuntime: false,
  supportsPodsPerCore: true,
  supportsEvictionSoft: true,
  reservesMemoryByInterfaces: true,
} as const;

const EKS = '/aws/service/eks/optimized-ami';

const AL2: ImageFamily = {
  ...LINUX_DEFAULTS,
  name: 'AL2',
  parameters: (version) => [
    { path: `${EKS}/${version}/amazon-linux-2/recommended/image_id`, arch: 'amd64', variants: ['plain'] },
    { path: `${EKS}/${version}/amazon-linux-2-gpu/recommended/image_id`, arch: 'amd64', variants: ['gpu', 'neuron'] },
    { path: `${EKS}/${version}/amazon-linux-2-arm64/recommended/image_id`, arch: 'arm64', variants: ['plain'] },
  ],
  defaultBlockDevices: [volume('/dev/xvda', ROOT_VOLUME_SIZE)],
  ephemeralDevice: '/dev/xvda',
  userDataFormat: 'eks-bootstrap',
  choosesContainerRuntime: true,
};

const AL2023: ImageFamily = {
  ...LINUX_DEFAULTS,
  name: 'AL2023',
  parameters: (version) => {
    const path = (arch: string, variant: string): string =>
      `${EKS}/${version}/amazon-linux-2023/${arch}/${variant}/recommended/image_id`;
    return [
      { path: path('x86_64', 'standard'), arch: 'amd64', variants: ['plain'] },
      { path: path('arm64', 'standard'), arch: 'arm64', variants: ['plain'] },
      { path: path('x86_64', 'nvidia'), arch: 'amd64', variants: ['gpu'] },
      { path: path('arm64', 'nvidia'), arch: 'arm64', variants: ['gpu'] },
      { path: path('x86_64', 'neuron'), arch: 'amd64', variants: ['neuron'] },
    ];
  },
  defaultBlockDevices: [volume('/dev/xvda', ROOT_VOLUME_SIZE)],
  ephemeralDevice: '/dev/xvda',
  userDataFormat: 'nodeadm',
};

const BOTTLEROCKET: ImageFamily = {
  name: 'Bottlerocket',
  parameters: (version) => {
    const path = (flavour: string, arch: string): string =>
      `/aws/service/bottlerocket/aws-k8s-${version}${flavour}/${arch}/latest/image_id`;
    return [
      { path: path('', 'x86_64'), arch: 'amd64', variants: ['plain', 'neuron'] },
      { path: path('', 'arm64'), arch: 'arm64', variants: ['plain'] },
      { path: path('-nvidia', 'x86_64'), arch: 'amd64', variants: ['gpu'] },
      { path: path('-nvidia', 'arm64'), arch: 'arm64', variants: ['gpu'] },
    ];
  },
  // The first volume holds the immutable system, the second one everything that pods write.
  defaultBlockDevices: [volume('/dev/xvda', '4Gi'), volume('/dev/xvdb', ROOT_VOLUME_SIZE)],
  ephemeralDevice: '/dev/xvdb',
  userDataFormat: 'bottlerocket',
  choosesContainerRuntime: false,
  supportsPodsPerCore: false,
  supportsEvictionSoft: false,
  reservesMemoryByInterfaces: false,
};

const UBUNTU: ImageFamily = {
  ...LINUX_DEFAULTS,
  name: 'Ubuntu',
  parameters: (version) => {
    const path = (arch: Arch): string =>
      `/aws/service/canonical/ubuntu/eks/20.04/${version}/stable/current/${arch}/hvm/ebs-gp2/ami-id`;
    return [
      { path: path('amd64'), arch: 'amd64', variants: ['any'] },
      { path: path('arm64'), arch: 'arm64', variants: ['any'] },
    ];
  },
  defaultBlockDevices: [volume('/dev/sda1', ROOT_VOLUME_SIZE)],
  ephemeralDevice: '/dev/sda1',
  userDataFormat: 'eks-bootstrap',
};

const CUSTOM: ImageFamily = {
  ...LINUX_DEFAULTS,
  name: 'Custom',
  parameters: () => [],
  defaultBlockDevices: [],
  ephemeralDevice: undefined,
  userDataFormat: 'verbatim',
};

/** The families that can be launched. Windows is refused where templates are resolved. */
export const IMAGE_FAMILIES: Readonly<Record<FamilyName, ImageFamily>> = {
  AL2,
  AL2023,
  Bottlerocket: BOTTLEROCKET,
  Ubuntu: UBUNTU,
  Custom: CUSTOM,
};
