// Every name that somebody outside this process can see: API groups, labels, annotations, finalizers, EC2 tags.
// infra/ imports them too, so that IAM policy and controller cannot drift apart.

export const KARPENTER_GROUP = 'karpenter.sh';
export const KARPENTER_VERSION = 'v1alpha5';
export const AWS_GROUP = 'karpenter.k8s.aws';
export const AWS_VERSION = 'v1alpha1';

export const PROVISIONER_NAME_LABEL = 'karpenter.sh/provisioner-name';
export const CAPACITY_TYPE_LABEL = 'karpenter.sh/capacity-type';
export const REGISTERED_LABEL = 'karpenter.sh/registered';
export const INITIALIZED_LABEL = 'karpenter.sh/initialized';
export const EXCLUDE_BALANCERS_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

export const INSTANCE_TYPE_LABEL = 'node.kubernetes.io/instance-type';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const REGION_LABEL = 'topology.kubernetes.io/region';
export const ARCH_LABEL = 'kubernetes.io/arch';
export const OS_LABEL = 'kubernetes.io/os';
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
export const WINDOWS_BUILD_LABEL = 'node.kubernetes.io/windows-build';

/** Suffixes of the `karpenter.k8s.aws/` labels that describe an instance type. */
export const INSTANCE_LABELS = {
  hypervisor: 'karpenter.k8s.aws/instance-hypervisor',
  encryptionInTransit: 'karpenter.k8s.aws/instance-encryption-in-transit-supported',
  category: 'karpenter.k8s.aws/instance-category',
  generation: 'karpenter.k8s.aws/instance-generation',
  family: 'karpenter.k8s.aws/instance-family',
  size: 'karpenter.k8s.aws/instance-size',
  localNvme: 'karpenter.k8s.aws/instance-local-nvme',
  cpu: 'karpenter.k8s.aws/instance-cpu',
  memory: 'karpenter.k8s.aws/instance-memory',
  networkBandwidth: 'karpenter.k8s.aws/instance-network-bandwidth',
  pods: 'karpenter.k8s.aws/instance-pods',
  gpuName: 'karpenter.k8s.aws/instance-gpu-name',
  gpuManufacturer: 'karpenter.k8s.aws/instance-gpu-manufacturer',
  gpuCount: 'karpenter.k8s.aws/instance-gpu-count',
  gpuMemory: 'karpenter.k8s.aws/instance-gpu-memory',
  acceleratorName: 'karpenter.k8s.aws/instance-accelerator-name',
  acceleratorManufacturer: 'karpenter.k8s.aws/instance-accelerator-manufacturer',
  acceleratorCount: 'karpenter.k8s.aws/instance-accelerator-count',
} as const;

export const DO_NOT_EVICT_ANNOTATION = 'karpenter.sh/do-not-evict';
export const DO_NOT_DISRUPT_ANNOTATION = 'karpenter.sh/do-not-disrupt';
export const PROVISIONER_HASH_ANNOTATION = 'karpenter.sh/provisioner-hash';
export const NODE_TEMPLATE_HASH_ANNOTATION = 'karpenter.k8s.aws/nodetemplate-hash';
export const PROVIDER_ANNOTATION = 'compatibility.karpenter.sh/provider';
/** On a Provisioner: what it does about preferences of pods, `respect`, `ignore` or `priced`. */
export const PREFERENCE_POLICY_ANNOTATION = 'karpenter.sh/preference-policy';
/** On a Provisioner that prices them: USD per hour that a preference of weight 100 may cost, as decimal text. */
export const UNMET_PREFERENCE_COST_ANNOTATION = 'karpenter.sh/unmet-preference-cost';
/** JSON of the largest capacity the Machine may turn out to have; counted against limits until the real one is known. */
export const RESERVED_CAPACITY_ANNOTATION = 'karpenter.sh/reserved-capacity';
/** On a Machine: the namespace of the controller that made it. */
export const INSTALLATION_ANNOTATION = 'karpenter.sh/installation';

/** Finalizer on Machines, Nodes and Provisioners alike. */
export const TERMINATION_FINALIZER = 'karpenter.sh/termination';

export const MANAGED_BY_TAG = 'karpenter.sh/managed-by';
export const MACHINE_NAME_TAG = 'karpenter.sh/machine-name';
export const MACHINE_UID_TAG = 'karpenter.sh/machine-uid';
/** UID of the kube-system namespace: two clusters of one name in one account never collect each other's instances. */
export const CLUSTER_UID_TAG = 'karpenter.sh/cluster-uid';
export const LAUNCH_TEMPLATE_CLUSTER_TAG = 'karpenter.k8s.aws/cluster';
/** `kubernetes.io/cluster/<name>`: ownership tag on what we create, and v0.4.3's discovery tag on subnets and security groups. */
export const clusterTag = (clusterName: string): string => `kubernetes.io/cluster/${clusterName}`;

export const SETTINGS_CONFIG_MAP = 'karpenter-global-settings';
export const LEADER_LEASE = 'karpenter-leader-election';
/** Its setting that stops purchases: what runs goes on, nothing new is bought. Set by a teardown, or by hand. */
export const LAUNCHES_PAUSED_SETTING = 'launches.paused';

/** On every object of manifests/: what a teardown may remove without knowing the folder. */
export const PART_OF_LABEL = 'app.kubernetes.io/part-of';
export const PART_OF_VALUE = 'karpenter-gitops';
