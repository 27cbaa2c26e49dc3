// Rules on how instances are made, the same for an AWSNodeTemplate and an inline provider.
import type { AWSNodeTemplateSpec, BlockDeviceMapping } from './aws-node-template.gen.ts';
import { CLUSTER_UID_TAG, MACHINE_NAME_TAG, MACHINE_UID_TAG, MANAGED_BY_TAG, PROVISIONER_NAME_LABEL } from './names.ts';
import { type Problem, unless } from './problem.ts';
import { parseQuantity } from './quantity.ts';

/** Fields that a launch template of the user's own already decides. */
const MADE_BY_LAUNCH_TEMPLATE = [
  'userData',
  'amiSelector',
  'amiFamily',
  'instanceProfile',
  'securityGroupSelector',
  'metadataOptions',
  'blockDeviceMappings',
] as const;

/** Returns what is wrong with a template's spec, or with the fields of an inline provider; problems are reported below `path`. */
export function instanceProblems(spec: Partial<AWSNodeTemplateSpec>, path: string): readonly Problem[] {
  return [
    ...selectorProblems(spec.amiSelector, 'ami', `${path}.amiSelector`),
    ...selectorProblems(spec.subnetSelector, 'subnet', `${path}.subnetSelector`),
    ...selectorProblems(spec.securityGroupSelector, 'sg', `${path}.securityGroupSelector`),
    ...unless(
      spec.amiFamily !== 'Custom' || spec.amiSelector !== undefined,
      `${path}.amiSelector`,
      'amiFamily Custom needs an amiSelector',
    ),
    ...(spec.launchTemplate === undefined ? [] : MADE_BY_LAUNCH_TEMPLATE).flatMap((field) =>
      unless(spec[field] === undefined, `${path}.${field}`, `expected exactly one, got both: launchTemplate, ${field}`),
    ),
    ...tagProblems(spec.tags ?? {}, `${path}.tags`),
    ...(spec.blockDeviceMappings ?? []).flatMap((mapping, index) =>
      volumeProblems(mapping, `${path}.blockDeviceMappings[${index}].ebs.volumeSize`),
    ),
  ];
}

const ID_KEYS = ['aws-ids', 'aws::ids'];

function selectorProblems(
  selector: Readonly<Record<string, string>> | undefined,
  prefix: 'ami' | 'subnet' | 'sg',
  path: string,
): readonly Problem[] {
  const entries = Object.entries(selector ?? {});
  const id = new RegExp(`^ *${prefix}-[0-9a-z]+ *$`);
  const byIds = entries.filter(([key]) => ID_KEYS.includes(key));
  return [
    ...entries.flatMap(([key]) => unless(key !== '', path, 'a selector key cannot be empty')),
    ...unless(byIds.length === 0 || entries.length === 1, path, 'a selector by ids cannot have other keys'),
    ...byIds.flatMap(([key, ids]) =>
      unless(
        ids.split(',').every((text) => id.test(text)),
        path,
        `${key} takes ids such as ${prefix}-0123456789abcdef0, separated by commas`,
      ),
    ),
  ];
}

// Tags by which the controller and its IAM policy know what is theirs.
const OWNERSHIP_TAGS: ReadonlySet<string> = new Set([
  PROVISIONER_NAME_LABEL,
  MANAGED_BY_TAG,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  CLUSTER_UID_TAG,
]);
const CLUSTER_TAG = /^kubernetes\.io\/cluster\/[0-9A-Za-z][-A-Za-z0-9_]*$/;
/** EC2's bound on tag keys, in characters. */
const TAG_KEY_LENGTH_MAX = 128;

/** Whether the controller sets the tag itself, so that neither a template nor the settings may. */
function isRestrictedTag(key: string): boolean {
  return OWNERSHIP_TAGS.has(key) || CLUSTER_TAG.test(key);
}

function tagProblems(tags: Readonly<Record<string, string>>, path: string): readonly Problem[] {
  return Object.keys(tags).flatMap((key) => [
    ...unless(key !== '' && [...key].length <= TAG_KEY_LENGTH_MAX, path, 'a tag key has 1 to 128 characters'),
    ...unless(!isRestrictedTag(key), path, `tag ${key} is restricted; the controller sets it itself`),
  ]);
}

const GIGA_NANOS = 10n ** 18n;
const VOLUME_NANOS_MIN = GIGA_NANOS;
const VOLUME_NANOS_MAX = 64_000n * GIGA_NANOS;

function volumeProblems({ ebs }: BlockDeviceMapping, path: string): readonly Problem[] {
  if (ebs.volumeSize === undefined) {
    return unless(ebs.snapshotID !== undefined, path, 'is required unless snapshotID is set');
  }
  const nanos = parseQuantity(ebs.volumeSize)?.nanos ?? 0n;
  return unless(nanos >= VOLUME_NANOS_MIN && nanos <= VOLUME_NANOS_MAX, path, 'must be from 1G to 64T');
}
