import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isBare, running } from '../../sandbox/story/observations.ts';
import { CLUSTER_NAME, startWireCluster, type WireCluster } from '../../sandbox/wire-cluster.ts';
import { eventually } from '../eventually.ts';
import { describeWithKubectl } from './kubectl.ts';

const READY_MS_MAX = 30_000;
const STEP_MS_MAX = 120_000;

const PROVISIONER = `cat <<EOF | kubectl apply -f -
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: default
spec:
  provider:
    instanceProfile: KarpenterNodeInstanceProfile-\${CLUSTER_NAME}
  ttlSecondsAfterEmpty: 30
EOF`;

const INFLATE = `cat <<EOF | kubectl apply -f -
apiVersion: apps/v1
kind: Deployment
metadata:
  name: inflate
spec:
  replicas: 0
  selector:
    matchLabels:
      app: inflate
  template:
    metadata:
      labels:
        app: inflate
    spec:
      containers:
        - name: inflate
          image: public.ecr.aws/eks-distro/kubernetes/pause:3.2
          resources:
            requests:
              cpu: 1
EOF`;

const LOGS = 'kubectl logs -f -n karpenter $(kubectl get pods -n karpenter -l karpenter=controller -o name)';

describeWithKubectl('the getting-started page, command by command', () => {
  let cluster: WireCluster;

  /** Runs a shell command as the page shows it; without blocking, for the API that answers lives in this process. */
  function shell(command: string): Promise<{ code: number | null; out: string }> {
    const env = { PATH: process.env.PATH, HOME: '/tmp', KUBECONFIG: cluster.kubeconfigPath, CLUSTER_NAME };
    return new Promise((resolve) => {
      const child = spawn('bash', ['-c', command], { env, timeout: 60_000 });
      let out = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          out += chunk.toString('utf8');
        });
      }
      child.on('close', (code) => resolve({ code, out }));
    });
  }

  beforeAll(async () => {
    cluster = await startWireCluster();
    await cluster.controller.start();
    await cluster.controller.ready(READY_MS_MAX);
  }, READY_MS_MAX + 10_000);

  afterAll(async () => {
    await cluster.close();
  });

  test('creates the Provisioner', async () => {
    const { code, out } = await shell(PROVISIONER);
    expect(out).toContain('provisioner.karpenter.sh/default created');
    expect(code).toBe(0);
  });

  test(
    'creates inflate at 0 replicas and scales it to 15, which soon run',
    async () => {
      expect((await shell(INFLATE)).out).toContain('deployment.apps/inflate created');
      expect((await shell('kubectl scale deployment inflate --replicas 15')).out).toContain('inflate scaled');
      await eventually('15 pods run', () => running(cluster) === 15, STEP_MS_MAX);
    },
    STEP_MS_MAX,
  );

  test(
    'streams the log of the running controller',
    async () => {
      const env = { PATH: process.env.PATH, HOME: '/tmp', KUBECONFIG: cluster.kubeconfigPath, CLUSTER_NAME };
      const child = spawn('bash', ['-c', `exec ${LOGS}`], { env });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString('utf8');
      });
      await eventually('the launch stands in the log', () => out.includes('"code":"Launched"'), STEP_MS_MAX);
      child.kill();
    },
    STEP_MS_MAX,
  );

  test('shows Provisioners, Machines and Nodes with columns that say something', async () => {
    const { out } = await shell('kubectl get provisioners,machines,nodes -o wide');
    expect(out).toMatch(/NAME +TEMPLATE +NODES +READY +AGE +WEIGHT +CPU +MEMORY/);
    expect(out).toMatch(/provisioner\.karpenter\.sh\/default +1 +True/);
    expect(out).toMatch(/NAME +TYPE +ZONE +NODE +READY +AGE/);
    expect(out).toMatch(/machine\.karpenter\.sh\/default-\w+ +\S+\.\dxlarge +us-east-1[abc] +ip-\S+ +True/);
    expect(out).toMatch(/node\/ip-\S+ +Ready/);
  });

  test.each([
    [
      'consolidation together with a TTL',
      'ttlSecondsAfterEmpty: 30\n  consolidation: {enabled: true}',
      /Invalid value|Forbidden|expected exactly one/,
    ],
    ['a misspelt field', 'ttlSecondsAfterEmpy: 30', /unknown field "spec.ttlSecondsAfterEmpy"/],
  ])('refuses a Provisioner with %s', async (_, lines, want) => {
    const manifest = `apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: bad}\nspec:\n  provider: {}\n  ${lines}\n`;
    const { code, out } = await shell(`kubectl apply -f - <<'EOF'\n${manifest}EOF`);
    expect(out).toMatch(want);
    expect(code).not.toBe(0);
    expect((await shell('kubectl get provisioner bad')).code).not.toBe(0);
  });

  test(
    'holds up a Provisioner that only the controller can see through, and no other',
    async () => {
      const manifest = `apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: strange}\nspec:\n  provider: {instanceProfil: x}\n`;
      expect((await shell(`kubectl apply -f - <<'EOF'\n${manifest}EOF`)).code).toBe(0);
      const stalled = await shell('kubectl wait --for=condition=Stalled provisioner/strange --timeout=20s');
      expect(stalled.out).toContain('condition met');
      const { out } = await shell(
        'kubectl get provisioner strange -o jsonpath=\'{.status.conditions[?(@.type=="Stalled")].message}\'',
      );
      expect(out).toContain('spec.provider.instanceProfil');
      expect((await shell('kubectl wait --for=condition=Ready provisioner/default --timeout=5s')).code).toBe(0);
      expect((await shell('kubectl delete provisioner strange --timeout=20s')).code).toBe(0);
    },
    STEP_MS_MAX,
  );

  test(
    'tells a pod that can never fit why, and what would help',
    async () => {
      await shell(
        'kubectl run giant --image=pause --overrides=\'{"spec":{"containers":[{"name":"giant","image":"pause","resources":{"requests":{"cpu":"5000"}}}]}}\'',
      );
      const told = () =>
        cluster.store
          .list('Event', 'default')
          .some(
            (event) =>
              event.reason === 'FailedScheduling' &&
              /cpu/.test(String(event.message)) &&
              (event.source as { component?: string })?.component === 'karpenter',
          );
      await eventually('the event is there', told, STEP_MS_MAX);
      const { out } = await shell('kubectl describe pod giant');
      expect(out).toMatch(/FailedScheduling.*karpenter/);
      await shell('kubectl delete pod giant --now');
    },
    STEP_MS_MAX,
  );

  test(
    'removes the node after the deployment is deleted',
    async () => {
      expect((await shell('kubectl delete deployment inflate')).out).toContain('"inflate" deleted');
      await eventually('nothing is left', () => isBare(cluster), STEP_MS_MAX);
    },
    STEP_MS_MAX,
  );

  test(
    'stops on SIGTERM with 0 and gives the lease back',
    async () => {
      expect(await cluster.controller.stop()).toBe(0);
      const lease = cluster.store.get('Lease', 'karpenter-leader-election', 'karpenter');
      expect((lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? '').toBe('');
    },
    STEP_MS_MAX,
  );
});
