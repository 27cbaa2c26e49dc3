import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { noFaults } from '../../sandbox/faults.ts';
import { createObjectStore } from '../../sandbox/kube/create-object-store.ts';
import { readDefinitions } from '../../sandbox/kube/custom-kinds.ts';
import type { MemoryObjectStore } from '../../sandbox/kube/memory-object-store.ts';
import { startWireServer, type WireServer } from '../../sandbox/kube/wire/wire-server.ts';
import { createWallTimers, type WallTimers } from '../../sandbox/wall-timers.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { eventually } from '../eventually.ts';
import { createKubectl, describeWithKubectl, type Kubectl } from './kubectl.ts';

const CRDS = readDefinitions('manifests/crds');
const STORY_MS_MAX = 60_000;

const PROVISIONER = `
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: default
spec:
  provider:
    instanceProfile: KarpenterNodeInstanceProfile-demo
  ttlSecondsAfterEmpty: 30
`;

const INFLATE = `
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
      terminationGracePeriodSeconds: 0
      containers:
        - name: inflate
          image: public.ecr.aws/eks-distro/kubernetes/pause:3.2
          resources:
            requests:
              cpu: 1
`;

describeWithKubectl('stock kubectl', () => {
  let timers: WallTimers;
  let store: MemoryObjectStore;
  let server: WireServer;
  let kubectl: Kubectl;
  const opened: (() => void)[] = [];

  beforeEach(async () => {
    timers = createWallTimers();
    store = createObjectStore({ timers, crds: CRDS });
    const logSource = (_namespace: string, pod: string) => lines(`${pod} starts`, `${pod} ends`);
    server = await startWireServer({ store, timers, faults: noFaults(), host: '127.0.0.1', logSource });
    kubectl = createKubectl(server.url);
  });

  afterEach(async () => {
    for (const close of opened.splice(0)) close();
    await server.close();
    timers.close();
    kubectl.close();
  });

  async function* lines(...all: string[]): AsyncIterable<string> {
    yield* all;
  }

  /** What a command prints; throws what it complains about. */
  async function kube(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl.run(command.split(' '), input);
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout;
  }

  /** What a command that must fail complains about. */
  async function refused(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl.run(command.split(' '), input);
    if (code === 0) throw new Error(`kubectl ${command} was not refused: ${stdout}`);
    return stderr;
  }

  const rows = (table: string) =>
    table
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));

  function runPod(name: string, labels: Record<string, string> = { app: 'web' }): KubeObject {
    store.create('Pod', {
      metadata: { name, labels },
      spec: { nodeName: 'n1', containers: [{ name: 'web', image: 'web:1' }] },
    });
    const status = {
      phase: 'Running',
      podIP: '10.0.0.9',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          restartCount: 0,
          image: 'web:1',
          imageID: '',
          state: { running: { startedAt: '2024-01-01T00:00:00Z' } },
        },
      ],
    };
    return store.mergePatch('Pod', name, 'default', { status }, { subresource: 'status' });
  }

  test(
    'applies the getting-started Provisioner and deployment, sees no change the second time, and scales',
    async () => {
      expect(await kube('apply -f -', PROVISIONER)).toBe('provisioner.karpenter.sh/default created\n');
      expect(await kube('apply -f -', PROVISIONER)).toBe('provisioner.karpenter.sh/default unchanged\n');
      expect(await kube('apply -f -', PROVISIONER.replace('30', '60'))).toBe(
        'provisioner.karpenter.sh/default configured\n',
      );
      expect(await kube('apply -f -', INFLATE)).toBe('deployment.apps/inflate created\n');
      expect(await kube('scale deployment inflate --replicas 15')).toBe('deployment.apps/inflate scaled\n');
      expect(store.get('Deployment', 'inflate', 'default')).toMatchObject({
        spec: { replicas: 15 },
        metadata: { generation: 2 },
      });
      expect(await kube('delete deployment inflate')).toBe('deployment.apps "inflate" deleted\n');
      expect(await kube('apply -f manifests/crds')).toContain('provisioners.karpenter.sh unchanged');
    },
    STORY_MS_MAX,
  );

  test(
    'is refused a misspelt field, two rules of removal at once, and a wrong type, with words that name the field',
    async () => {
      expect(await refused('apply -f -', PROVISIONER.replace('AfterEmpty', 'AfterEmty'))).toContain(
        'strict decoding error: unknown field "spec.ttlSecondsAfterEmty"',
      );
      expect(await refused('apply -f -', `${PROVISIONER}  consolidation:\n    enabled: true\n`)).toMatch(
        /^The Provisioner "default" is invalid: spec\.ttlSecondsAfterEmpty: Invalid value: .*expected exactly one, got both: ttlSecondsAfterEmpty, consolidation\.enabled/,
      );
      expect(await refused('apply -f -', PROVISIONER.replace('30', 'soon'))).toContain(
        'spec.ttlSecondsAfterEmpty in body must be of type integer',
      );
      expect(await refused('apply -f -', INFLATE.replace('replicas', 'replicass'))).toContain(
        'unknown field "spec.replicass"',
      );
      expect(store.list('Provisioner')).toEqual([]);
      expect(store.list('Deployment')).toEqual([]);
    },
    STORY_MS_MAX,
  );

  test(
    'shows tables with the columns of a real server',
    async () => {
      await kube('apply -f -', PROVISIONER);
      await kube('apply -f -', INFLATE);
      store.create('Node', {
        metadata: { name: 'n1' },
        status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.32.0' } },
      });
      runPod('web-1');
      expect(rows(await kube('get pods -o wide'))).toEqual([
        ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
        ['web-1', '1/1', 'Running', '0', expect.stringMatching(/^\d+s$/), '10.0.0.9', 'n1', '<none>', '<none>'],
      ]);
      expect(rows(await kube('get nodes'))[1]).toEqual(['n1', 'Ready', '<none>', expect.any(String), 'v1.32.0']);
      expect(rows(await kube('get provisioners -o wide'))[0]).toEqual([
        'NAME',
        'TEMPLATE',
        'NODES',
        'READY',
        'AGE',
        'WEIGHT',
        'CPU',
        'MEMORY',
      ]);
      expect(rows(await kube('get all')).map(([name]) => name)).toEqual([
        'NAME',
        'pod/web-1',
        'NAME',
        'deployment.apps/inflate',
      ]);
      expect(await kube('get pods -l app=web -o name')).toBe('pod/web-1\n');
      expect(
        await kube('get deployment inflate -o jsonpath={.spec.template.spec.containers[0].resources.requests.cpu}'),
      ).toBe('1');
      expect(await kube('get machines')).toBe('');
    },
    STORY_MS_MAX,
  );

  test(
    'describes pods, nodes, deployments and Provisioners with their events',
    async () => {
      await kube('apply -f -', PROVISIONER);
      await kube('apply -f -', INFLATE);
      store.create('Node', {
        metadata: { name: 'n1' },
        status: { capacity: { cpu: '2' }, allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] },
      });
      const pod = runPod('web-1');
      store.create('Event', {
        metadata: { name: 'web-1.1' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'web-1', uid: pod.metadata.uid },
        type: 'Warning',
        reason: 'FailedScheduling',
        message: '0/1 nodes are available',
        source: { component: 'default-scheduler' },
      });
      expect(await kube('describe pod web-1')).toMatch(
        /Status: +Running[\s\S]*Warning +FailedScheduling .* 0\/1 nodes are available/,
      );
      expect(await kube('describe node n1')).toMatch(/Non-terminated Pods: +\(1 in total\)[\s\S]*web-1/);
      expect(await kube('describe deployment inflate')).toContain('0 desired | 0 updated | 0 total');
      expect(await kube('describe provisioner default')).toMatch(/Ttl Seconds After Empty: +30/);
      expect(rows(await kube('get events'))[1]).toEqual([
        expect.any(String),
        'Warning',
        'FailedScheduling',
        'pod/web-1',
        '0/1 nodes are available',
      ]);
    },
    STORY_MS_MAX,
  );

  test(
    'follows changes',
    async () => {
      const watching = kubectl.start(['get', 'pods', '-w']);
      opened.push(watching.stop);
      runPod('web-1');
      await eventually('the new pod', () => /web-1 .* Running/.test(watching.output()), STORY_MS_MAX);
      store.delete('Pod', 'web-1', 'default');
      await eventually('its end', () => /web-1 .* Terminating/.test(watching.output()), STORY_MS_MAX);
    },
    STORY_MS_MAX,
  );

  test(
    'waits while a finalizer holds an object, and returns when it goes',
    async () => {
      await kube('apply -f -', PROVISIONER);
      store.mergePatch('Provisioner', 'default', undefined, { metadata: { finalizers: ['karpenter.sh/termination'] } });
      let isDone = false;
      const deletion = kube('delete provisioner default').then((output) => {
        isDone = true;
        return output;
      });
      await eventually(
        'the mark',
        () => store.get('Provisioner', 'default')?.metadata.deletionTimestamp !== undefined,
        STORY_MS_MAX,
      );
      expect(isDone).toBe(false);
      await kube('patch provisioner default --type json -p [{"op":"remove","path":"/metadata/finalizers"}]');
      expect(await deletion).toContain('"default" deleted');
      expect(store.get('Provisioner', 'default')).toBeUndefined();
    },
    STORY_MS_MAX,
  );

  test(
    'drains a node as far as a budget allows',
    async () => {
      store.create('Node', { metadata: { name: 'n1' }, status: {} });
      runPod('web-1');
      store.create('PodDisruptionBudget', {
        metadata: { name: 'web' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      });
      expect(await refused('drain n1 --force --timeout=3s')).toContain(
        "Cannot evict pod as it would violate the pod's disruption budget",
      );
      expect(store.get('Node', 'n1')?.spec).toMatchObject({ unschedulable: true });
      await kube('delete pdb web');
      // The stand-in for the pod's kubelet.
      store.watch('Pod', ({ object }) => {
        const { name, deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
        if (deletionTimestamp !== undefined && deletionGracePeriodSeconds !== 0)
          store.delete('Pod', name, 'default', { gracePeriodSeconds: 0 });
      });
      expect(await kube('drain n1 --force')).toContain('node/n1 drained');
      expect(store.list('Pod')).toEqual([]);
    },
    STORY_MS_MAX,
  );

  test(
    'prints logs, changes labels, taints and cordons, and asks for its rights',
    async () => {
      store.create('Node', { metadata: { name: 'n1' }, status: {} });
      runPod('controller-1', { karpenter: 'controller' });
      expect(await kube('logs -f controller-1')).toBe('controller-1 starts\ncontroller-1 ends\n');
      expect(await kube('logs controller-1 --tail 1')).toBe('controller-1 ends\n');
      await kube('label node n1 team=a');
      await kube('annotate node n1 note=b');
      await kube('taint node n1 dedicated=x:NoSchedule');
      await kube('cordon n1');
      expect(store.get('Node', 'n1')).toMatchObject({
        metadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
        spec: { unschedulable: true, taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] },
      });
      await kube('taint node n1 dedicated-');
      expect(store.get('Node', 'n1')?.spec).not.toHaveProperty('taints.0');
      expect(await kube('auth can-i delete nodes')).toBe('yes\n');
      expect(await kube('explain provisioner.spec.ttlSecondsAfterEmpty')).toContain('<integer>');
    },
    STORY_MS_MAX,
  );

  test(
    'follows a rollout to its end',
    async () => {
      await kube('apply -f -', INFLATE.replace('replicas: 0', 'replicas: 1'));
      const rollout = kube('rollout status deployment/inflate --timeout=20s');
      const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
      store.mergePatch('Deployment', 'inflate', 'default', { status }, { subresource: 'status' });
      expect(await rollout).toContain('successfully rolled out');
      expect(rows(await kube('get deployment'))[1]).toEqual(['inflate', '1/1', '1', '1', expect.any(String)]);
    },
    STORY_MS_MAX,
  );
});
