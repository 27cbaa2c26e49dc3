/** The CSI drivers that took over volumes which Kubernetes itself once attached; of those that AWS has, the one there was. */
const DRIVER_BY_IN_TREE_NAME: ReadonlyMap<string, string> = new Map([['kubernetes.io/aws-ebs', 'ebs.csi.aws.com']]);

/** The driver behind a PersistentVolume's `awsElasticBlockStore`. */
export const EBS_DRIVER = 'ebs.csi.aws.com';

/** Returns the CSI driver that a StorageClass' provisioner means: older classes name the plugin that it replaced. */
export function driverOfProvisioner(provisioner: string): string {
  return DRIVER_BY_IN_TREE_NAME.get(provisioner) ?? provisioner;
}
