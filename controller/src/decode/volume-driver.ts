/** The CSI driver of EBS, also behind a PersistentVolume's `awsElasticBlockStore`. */
export const EBS_DRIVER = 'ebs.csi.aws.com';

/** What Kubernetes itself once attached, and the CSI drivers that took over. Of AWS' storage that is EBS alone. */
const DRIVER_BY_PLUGIN: ReadonlyMap<string, string> = new Map([['kubernetes.io/aws-ebs', EBS_DRIVER]]);

/** Returns the CSI driver that a StorageClass' provisioner means: older classes name the plugin that it replaced. */
export function driverOfProvisioner(provisioner: string): string {
  return DRIVER_BY_PLUGIN.get(provisioner) ?? provisioner;
}
