import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import type { WholePathWorld } from './whole-path-world.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
/** What people watch until they have seen enough. */
const ENDLESS = /^kubectl logs -f /;
const WAIT_MS_MAX = 150_000;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** As much of pods, Nodes and Machines as the stories look at. */
export interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string; readonly providerID?: string };
  /** Absent until somebody has something to say. */
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

/** Does what is left to do by hand after `up`; resolves when the controller is at work and its Provisioner ready. */
export async function startBuying(world: WholePathWorld): Promise<void> {
  const { kubectl } = world.cluster.controlPlane;
  await doNextSteps(world);
  await kubectl('rollout', 'status', 'deployment/karpenter', '--namespace=karpenter', '--timeout=60s');
  await world.cluster.startController();
  await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'provisioner/default');
}

/** Pastes the commands that the stack's `nextSteps` prints into a shell whose kubectl reaches the cluster. Rejects when one fails. */
async function doNextSteps({ cluster, stack, projectFolder }: WholePathWorld): Promise<void> {
  const { nextSteps } = await stack.outputs();
  const commands = String(nextSteps)
    .split('\n')
    .filter((line) => /^ {3}\S/.test(line))
    .map((line) => line.trim());
  const script = commands.filter((command) => !ENDLESS.test(command)).join('\n');
  const env = { ...process.env, KUBECONFIG: cluster.controlPlane.kubeconfigPath };
  await promisify(execFile)('sh', ['-exc', script], { cwd: projectFolder, env });
}

/** The cluster as its users see it. */
export function usersOf({ cluster }: WholePathWorld) {
  const { request } = cluster.controlPlane;
  const list = async (path: string) => (await request('GET', path)).body.items as readonly Listed[];
  const pods = () => list('/api/v1/namespaces/default/pods');
  const boughtNodes = () => list(`/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`);
  return {
    pods,
    boughtNodes,
    machines: () => list('/apis/karpenter.sh/v1alpha5/machines'),
    /** Those that cost money. */
    instances: () =>
      Object.values(cluster.model.state.instances).filter(({ state }) => state === 'running' || state === 'pending'),
    deploy: async (name: string, replicas: number, zone?: string) => {
      const { status, body } = await request('POST', DEPLOYMENTS, deployment(name, replicas, zone));
      if (status !== 201) throw new Error(`creating Deployment ${name}: ${String(body.message)}`);
    },
    scale: (name: string, replicas: number) => request('PATCH', `${DEPLOYMENTS}/${name}/scale`, { spec: { replicas } }),
    /** Resolves with the pods on bought nodes when so many of them run, or more. */
    untilRunning: async (count: number) => {
      const running = async () => {
        const [all, nodes] = await Promise.all([pods(), boughtNodes()]);
        const names = nodes.map(({ metadata }) => metadata.name);
        return all.filter(({ spec, status }) => status?.phase === 'Running' && names.includes(spec.nodeName ?? ''));
      };
      return until(`${count} pods run on bought nodes`, running, ({ length }) => length >= count, WAIT_MS_MAX);
    },
  };
}

/** The page's `inflate` under that name; in a zone, its pods can share no node with those of another. */
function deployment(name: string, replicas: number, zone: string | undefined): object {
  const labels = { app: name };
  const image = 'public.ecr.aws/eks-distro/kubernetes/pause:3.2';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...(zone === undefined ? {} : { nodeSelector: { 'topology.kubernetes.io/zone': zone } }),
          containers: [{ name, image, resources: { requests: { cpu: 1 } } }],
        },
      },
    },
  };
}
