import { ARCH_LABEL, CAPACITY_TYPE_LABEL, INSTANCE_LABELS, OS_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { DaemonSetManifest, PodSpecManifest, ProvisionerManifest } from '../problem/problem-file.ts';

/** So high that it never binds, yet has to be counted. */
const OPEN_LIMITS = { resources: { cpu: '10000000', memory: '10000000Gi' } };

type Spec = ProvisionerManifest['spec'];

/** A Provisioner of these fields, with limits that do not bind unless told otherwise. */
export function provisionerOf(name: string, spec: Spec = {}): ProvisionerManifest {
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name },
    spec: { limits: OPEN_LIMITS, ...spec },
  };
}

/** A Provisioner with the requirements that v1alpha5 defaults to, written out: on-demand Linux of families c, m and r, newer than 2. */
export function awsProvisioner(
  name: string,
  {
    arches = ['amd64'],
    categories = ['c', 'm', 'r'],
    zones,
    ...spec
  }: Spec & { arches?: readonly string[]; categories?: readonly string[]; zones: readonly string[] },
): ProvisionerManifest {
  return provisionerOf(name, {
    ...spec,
    requirements: [
      { key: CAPACITY_TYPE_LABEL, operator: 'In', values: ['on-demand'] },
      { key: ARCH_LABEL, operator: 'In', values: arches },
      { key: OS_LABEL, operator: 'In', values: ['linux'] },
      { key: INSTANCE_LABELS.category, operator: 'In', values: categories },
      { key: INSTANCE_LABELS.generation, operator: 'Gt', values: ['2'] },
      { key: ZONE_LABEL, operator: 'In', values: zones },
      ...(spec.requirements ?? []),
    ],
  });
}

/** A daemon that tolerates everything, as those of every cluster do. */
export function daemonSet(
  name: string,
  requests: Readonly<Record<string, string>>,
  spec: Partial<PodSpecManifest> = {},
): DaemonSetManifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'main', image: 'daemon:1', resources: { requests } }],
          ...spec,
        },
      },
    },
  };
}
