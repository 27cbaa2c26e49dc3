import { createHash } from 'node:crypto';
import type {
  CreateLaunchTemplateRequest,
  LaunchTemplateBlockDeviceMappingRequest,
  RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { AWSNodeTemplateSpec, BlockDeviceMapping } from '../api/aws-node-template.gen.ts';
import { parseAmount } from '../core/resources.ts';
import type { ImageFamily } from './image-families.ts';
import { commonTags, ec2Tags, launchTemplateTags, type TagSources } from './instance-tags.ts';
import { GIBIBYTE } from './kubelet-reserves.ts';

/** All that a launch template is made of. */
export interface LaunchTemplateInput {
  readonly spec: AWSNodeTemplateSpec;
  readonly family: ImageFamily;
  readonly imageId: string;
  readonly instanceProfile: string;
  readonly securityGroupIds: readonly string[];
  /** True when no subnet gives public addresses: then the instance must not ask for one either. */
  readonly isPrivate: boolean;
  /** True when the cluster speaks IPv6. */
  readonly isIpv6: boolean;
  readonly userDataBase64: string;
  readonly tags: TagSources;
}

/** Characters of the content's SHA-256 in the name: 128 bits, far from any chance of two contents under one name. */
const HASH_LENGTH = 32;

/** The request that creates the template. Its name is a hash of its content, so that an equal one is never made twice. */
export function launchTemplateRequest(input: LaunchTemplateInput): CreateLaunchTemplateRequest {
  const content = {
    LaunchTemplateData: launchTemplateData(input),
    TagSpecifications: [{ ResourceType: 'launch-template' as const, Tags: ec2Tags(launchTemplateTags(input.tags)) }],
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, HASH_LENGTH);
  return { LaunchTemplateName: `karpenter.k8s.aws/${hash}`, ...content };
}

function launchTemplateData(input: LaunchTemplateInput): RequestLaunchTemplateData {
  const { spec, family } = input;
  const groupIds = [...input.securityGroupIds].sort();
  const mappings = spec.blockDeviceMappings ?? family.defaultBlockDevices;
  return {
    ...(mappings.length > 0 ? { BlockDeviceMappings: mappings.map(blockDeviceMapping) } : {}),
    IamInstanceProfile: { Name: input.instanceProfile },
    Monitoring: { Enabled: spec.detailedMonitoring ?? false },
    // Groups stand at the interface once there is one, and nowhere else: EC2 refuses both at once.
    ...(input.isPrivate
      ? { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: groupIds }] }
      : { SecurityGroupIds: groupIds }),
    UserData: input.userDataBase64,
    ImageId: input.imageId,
    MetadataOptions: metadataOptions(spec, input.isIpv6),
    TagSpecifications: [{ ResourceType: 'network-interface', Tags: ec2Tags(commonTags(input.tags)) }],
  };
}

/** Defaults hold only when the template says nothing at all; of a partial object the rest is EC2's. */
function metadataOptions(
  { metadataOptions }: AWSNodeTemplateSpec,
  isIpv6: boolean,
): RequestLaunchTemplateData['MetadataOptions'] {
  const options = metadataOptions ?? {
    httpEndpoint: 'enabled',
    httpProtocolIPv6: isIpv6 ? 'enabled' : 'disabled',
    httpPutResponseHopLimit: 2,
    httpTokens: 'required',
  };
  return {
    HttpEndpoint: options.httpEndpoint,
    HttpProtocolIpv6: options.httpProtocolIPv6,
    HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
    HttpTokens: options.httpTokens,
  };
}

function blockDeviceMapping({ deviceName, ebs }: BlockDeviceMapping): LaunchTemplateBlockDeviceMappingRequest {
  return {
    DeviceName: deviceName,
    Ebs: {
      DeleteOnTermination: ebs.deleteOnTermination,
      Encrypted: ebs.encrypted,
      Iops: ebs.iops,
      KmsKeyId: ebs.kmsKeyID,
      SnapshotId: ebs.snapshotID,
      Throughput: ebs.throughput,
      VolumeSize: volumeSizeGib(ebs.volumeSize),
      VolumeType: ebs.volumeType,
    },
  };
}

function volumeSizeGib(size: string | number | undefined): number | undefined {
  const bytes = size === undefined ? undefined : parseAmount('ephemeral-storage', size, 'up');
  return bytes === undefined ? undefined : Math.ceil(bytes / GIBIBYTE);
}
