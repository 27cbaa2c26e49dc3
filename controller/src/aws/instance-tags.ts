import type { Tag } from '@aws-sdk/client-ec2';
import {
  CLUSTER_UID_TAG,
  clusterTag,
  LAUNCH_TEMPLATE_CLUSTER_TAG,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  MANAGED_BY_TAG,
  PROVISIONER_NAME_LABEL,
} from '../api/names.ts';

export type Tags = Readonly<Record<string, string>>;

/** Where the tags of one launch come from. */
export interface TagSources {
  readonly clusterName: string;
  readonly clusterUid: string;
  readonly provisionerName: string;
  /** `aws.tags` of the settings. */
  readonly settingTags: Tags;
  readonly templateTags: Tags;
}

/** The tag of provisioners on what they buy; the same words as the label. */
export const PROVISIONER_TAG = PROVISIONER_NAME_LABEL;

/**
 * Tags that everything bought for one Provisioner and template carries. Templates override settings, both may override `Name`,
 * neither those by which we know what is ours: IAM lets us delete nothing without them.
 */
export function commonTags(sources: TagSources): Tags {
  return {
    Name: `${PROVISIONER_TAG}/${sources.provisionerName}`,
    ...sources.settingTags,
    ...sources.templateTags,
    [clusterTag(sources.clusterName)]: 'owned',
    [PROVISIONER_TAG]: sources.provisionerName,
    [MANAGED_BY_TAG]: sources.clusterName,
    [CLUSTER_UID_TAG]: sources.clusterUid,
  };
}

/** Tags of one instance, its volumes and its fleet. */
export function machineTags(sources: TagSources, machine: { readonly name: string; readonly uid: string }): Tags {
  return { ...commonTags(sources), [MACHINE_NAME_TAG]: machine.name, [MACHINE_UID_TAG]: machine.uid };
}

/** Tags of a launch template, which serves many machines. */
export function launchTemplateTags(sources: TagSources): Tags {
  return { ...commonTags(sources), [LAUNCH_TEMPLATE_CLUSTER_TAG]: sources.clusterName };
}

/** Tags in EC2's form, by key. */
export function ec2Tags(tags: Tags): Tag[] {
  return Object.keys(tags)
    .sort()
    .map((Key) => ({ Key, Value: tags[Key] ?? '' }));
}

/** The value of a tag among EC2's; undefined when it is not there. */
export function tagValue(tags: readonly Tag[] | undefined, key: string): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}
