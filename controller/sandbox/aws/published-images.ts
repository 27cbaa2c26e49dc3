import type { CloudState, Image, ImageFamily } from './cloud-state.ts';
import { hashDigits } from './stable-hash.ts';

/** Kubernetes minors of 1.x that EKS has images for; AL2 ends at 1.32, as AWS announced. */
const MINOR_FIRST = 23;
const MINOR_LAST = 36;
const AL2_MINOR_LAST = 32;
const RELEASE = '20261101';
const RELEASED_AT = '2026-11-01T00:00:00.000Z';
const EKS_IMAGE_OWNER = '602401143452';
const BOTTLEROCKET_OWNER = '092701018921';

interface Publication {
  readonly family: ImageFamily;
  readonly minorLast: number;
  readonly owner: string;
  readonly variants: readonly {
    readonly arch: 'amd64' | 'arm64';
    readonly parameter: string;
    readonly image: string;
  }[];
}

/** Parameter and image names; `<v>` stands for the cluster's version. What is not here, AWS does not publish. */
const PUBLICATIONS: readonly Publication[] = [
  {
    family: 'AL2',
    minorLast: AL2_MINOR_LAST,
    owner: EKS_IMAGE_OWNER,
    variants: [
      al2('amd64', '', 'amazon-eks-node'),
      al2('amd64', '-gpu', 'amazon-eks-gpu-node'),
      al2('arm64', '-arm64', 'amazon-eks-arm64-node'),
    ],
  },
  {
    family: 'AL2023',
    minorLast: MINOR_LAST,
    owner: EKS_IMAGE_OWNER,
    variants: [
      al2023('amd64', 'x86_64', 'standard'),
      al2023('amd64', 'x86_64', 'nvidia'),
      al2023('amd64', 'x86_64', 'neuron'),
      al2023('arm64', 'arm64', 'standard'),
      al2023('arm64', 'arm64', 'nvidia'),
    ],
  },
  {
    family: 'Bottlerocket',
    minorLast: MINOR_LAST,
    owner: BOTTLEROCKET_OWNER,
    variants: ['', '-nvidia'].flatMap((flavour) => [
      bottlerocket('amd64', 'x86_64', flavour),
      bottlerocket('arm64', 'arm64', flavour),
    ]),
  },
];

function al2(arch: 'amd64' | 'arm64', suffix: string, name: string) {
  const parameter = `/aws/service/eks/optimized-ami/<v>/amazon-linux-2${suffix}/recommended/image_id`;
  return { arch, parameter, image: `${name}-<v>-v${RELEASE}` };
}

function al2023(arch: 'amd64' | 'arm64', ec2Arch: string, flavour: string) {
  const parameter = `/aws/service/eks/optimized-ami/<v>/amazon-linux-2023/${ec2Arch}/${flavour}/recommended/image_id`;
  return { arch, parameter, image: `amazon-eks-node-al2023-${ec2Arch}-${flavour}-<v>-v${RELEASE}` };
}

function bottlerocket(arch: 'amd64' | 'arm64', ec2Arch: string, flavour: string) {
  const parameter = `/aws/service/bottlerocket/aws-k8s-<v>${flavour}/${ec2Arch}/latest/image_id`;
  return { arch, parameter, image: `bottlerocket-aws-k8s-<v>${flavour}-${ec2Arch}-v1.50.0` };
}

/** Images that AWS publishes for EKS, and the SSM parameters that name them. The same in every world. */
export function publishedImages(): Pick<CloudState, 'images' | 'parameters'> {
  const images: Image[] = [];
  const parameters: Record<string, string> = {};
  for (const { family, minorLast, owner, variants } of PUBLICATIONS) {
    for (let minor = MINOR_FIRST; minor <= minorLast; minor++) {
      for (const { arch, parameter, image } of variants) {
        const name = image.replace('<v>', `1.${minor}`);
        const id = `ami-0${hashDigits(name, 16)}`;
        parameters[parameter.replace('<v>', `1.${minor}`)] = id;
        images.push({ id, name, family, arch, ownerId: owner, ownerAlias: 'amazon', createdAt: RELEASED_AT, tags: {} });
      }
    }
  }
  return { images, parameters };
}
