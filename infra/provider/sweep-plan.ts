import { CLUSTER_UID_TAG, clusterTag, PROVISIONER_NAME_LABEL } from '../../controller/src/api/names.ts';

export type Tags = Readonly<Record<string, string>>;

/** Whose leftovers are swept. The UID is that of the namespace kube-system. */
export interface SweptCluster {
  readonly clusterName: string;
  /** Unknown when the cluster could never be asked: then the name has to do. */
  readonly clusterUid: string | undefined;
}

/** As much of an EC2 instance as the sweep looks at. */
export interface SweptInstance {
  readonly id: string;
  readonly state: string;
  readonly tags: Tags;
  readonly networkInterfaceIds: readonly string[];
}

/** As much of a network interface. */
export interface SweptInterface {
  readonly id: string;
  readonly status: string;
  readonly tags: Tags;
}

/** Set by those who make instances of their own and bring a terminated one back. */
const OTHER_OWNER_TAGS = ['eks:nodegroup-name', 'aws:autoscaling:groupName'];

/** What EC2 is asked for. All of it must match, so what it returns carries both tags. */
export function ownedFilters(clusterName: string): { Name: string; Values: string[] }[] {
  return [
    { Name: `tag:${clusterTag(clusterName)}`, Values: ['owned'] },
    { Name: 'tag-key', Values: [PROVISIONER_NAME_LABEL] },
  ];
}

/** Whether a Provisioner of this very cluster has bought it. EKS's groups and a later cluster of the same name keep theirs. */
export function isOurs(tags: Tags, { clusterName, clusterUid }: SweptCluster): boolean {
  const uid = tags[CLUSTER_UID_TAG];
  return (
    tags[clusterTag(clusterName)] === 'owned' &&
    tags[PROVISIONER_NAME_LABEL] !== undefined &&
    OTHER_OWNER_TAGS.every((tag) => tags[tag] === undefined) &&
    (clusterUid === undefined || uid === undefined || uid === clusterUid)
  );
}

/** Instances that still cost money: ours, and not terminated. */
export function aliveOf(instances: readonly SweptInstance[], cluster: SweptCluster): readonly SweptInstance[] {
  return instances.filter(({ state, tags }) => state !== 'terminated' && isOurs(tags, cluster));
}

/** The tags by which a network interface is known as ours after its instance is forgotten, for an interface of `instance`. */
export function interfaceTags(instance: SweptInstance, { clusterName }: SweptCluster): Tags {
  const uid = instance.tags[CLUSTER_UID_TAG];
  return {
    [clusterTag(clusterName)]: 'owned',
    [PROVISIONER_NAME_LABEL]: instance.tags[PROVISIONER_NAME_LABEL] ?? '',
    ...(uid !== undefined && { [CLUSTER_UID_TAG]: uid }),
  };
}
