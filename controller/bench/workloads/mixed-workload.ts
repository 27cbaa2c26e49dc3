import type { SeededRandom } from '../../sandbox/seeded-random.ts';
import { ARCH_LABEL, HOSTNAME_LABEL, INSTANCE_LABELS, ZONE_LABEL } from '../../src/api/names.ts';
import type { DaemonSetManifest, PodSpecManifest, ProvisionerManifest } from '../problem/problem-file.ts';
import { type Deployment, near, shareOf, spread } from './pod-maker.ts';
import { awsProvisioner, daemonSet } from './provisioners.ts';
import { lognormalShape } from './shapes.ts';
import { required } from './topology-workloads.ts';

const DEPLOYMENTS = 200;
const GPU = 'nvidia.com/gpu';

/** Two hundred deployments: one in twenty wants a GPU, a quarter arm64 only, one in ten a team's nodes, some spread or avoid themselves. */
export function mixedDeployments(pods: number, random: SeededRandom): Deployment[] {
  return Array.from({ length: DEPLOYMENTS }, (_, index) => {
    const name = `mixed-${index}`;
    const labels = { app: name };
    return {
      name,
      replicas: shareOf(pods, DEPLOYMENTS, index),
      ...lognormalShape(random),
      ...(index % 20 === 0 ? { requests: { [GPU]: '1' } } : {}),
      ...(index % 40 === 9 ? { ports: [{ containerPort: 8080, hostPort: 8080 }] } : {}),
      spec: {
        ...placeOf(index),
        ...(index % 7 === 1 ? { topologySpreadConstraints: [spread(ZONE_LABEL, labels)] } : {}),
        ...(index % 11 === 2 ? { affinity: { podAntiAffinity: required(near(HOSTNAME_LABEL, labels)) } } : {}),
      },
    };
  });
}

function placeOf(index: number): Omit<PodSpecManifest, 'containers'> {
  if (index % 20 === 0) return { tolerations: [{ key: GPU, operator: 'Exists' }] };
  const last = index % 10;
  if (last < 3) return { nodeSelector: { [ARCH_LABEL]: 'arm64' } };
  if (last < 5) return { nodeSelector: { [ARCH_LABEL]: 'amd64' } };
  if (last > 5) return {};
  return {
    nodeSelector: { team: 'batch' },
    tolerations: [{ key: 'team', operator: 'Equal', value: 'batch', effect: 'NoSchedule' }],
  };
}

/** Arm first, then a team's own nodes, then GPUs, then everything else. */
export function mixedProvisioners(zones: readonly string[]): ProvisionerManifest[] {
  const team = { key: 'team', value: 'batch', effect: 'NoSchedule' };
  return [
    awsProvisioner('arm', { zones, weight: 50, arches: ['arm64'] }),
    awsProvisioner('batch', { zones, weight: 20, taints: [team], labels: { team: 'batch' } }),
    awsProvisioner('gpu', {
      zones,
      weight: 10,
      categories: ['g', 'p'],
      taints: [{ key: GPU, value: 'true', effect: 'NoSchedule' }],
    }),
    awsProvisioner('default', { zones }),
  ];
}

const HAS_GPU = [{ matchExpressions: [{ key: INSTANCE_LABELS.gpuCount, operator: 'Gt', values: ['0'] }] }];

/** Three daemons for every node, one for arm64, one for GPUs. */
export const MIXED_DAEMONS: readonly DaemonSetManifest[] = [
  daemonSet('aws-node', { cpu: '50m' }),
  daemonSet('kube-proxy', { cpu: '100m' }),
  daemonSet('logs', { cpu: '100m', memory: '200Mi' }),
  daemonSet('node-agent-arm', { cpu: '50m', memory: '100Mi' }, { nodeSelector: { [ARCH_LABEL]: 'arm64' } }),
  daemonSet(
    'gpu-plugin',
    { cpu: '50m', memory: '100Mi' },
    { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: HAS_GPU } } } },
  ),
];
