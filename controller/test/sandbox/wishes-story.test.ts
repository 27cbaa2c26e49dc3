import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isBare, running } from '../../sandbox/story/observations.ts';
import { eventually } from '../eventually.ts';
import { describeWithKubectl } from './kubectl.ts';
import { START_MS_MAX, STEP_MS_MAX, type StoryCluster, startStoryCluster } from './story-cluster.ts';

/** A Provisioner whose nodes are labelled with a team; `rest` is more of its spec. */
const provisioner = (team: string, rest = '') => `
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: ${team}
spec:
  provider: {}
  ttlSecondsAfterEmpty: 3
  labels:
    team: ${team}
  requirements:
    - key: karpenter.k8s.aws/instance-family
      operator: In
      values: [c5, m5]
${rest}`;

const PLAIN = provisioner('plain');
const LIMITED = provisioner('limited', '  limits:\n    resources:\n      cpu: 4\n');
const GUARDED = provisioner(
  'guarded',
  '  taints:\n    - key: dedicated\n      value: research\n      effect: NoSchedule\n',
);

/** A pod for a team's nodes, which fills the smallest of them when it asks for one cpu. */
const pod = (name: string, team: string, cpu: number, affinity = '') => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  nodeSelector:
    team: ${team}
${affinity}
  containers:
    - name: main
      image: public.ecr.aws/eks-distro/kubernetes/pause:3.2
      resources:
        requests:
          cpu: ${cpu}
`;

const preferring = (zone: string) => `
  affinity:
    nodeAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 1
          preference:
            matchExpressions:
              - key: topology.kubernetes.io/zone
                operator: In
                values: [${zone}]
`;

describeWithKubectl('pods with a wish, and pods that ask for too much', () => {
  let story: StoryCluster;

  beforeAll(async () => {
    story = await startStoryCluster();
    for (const each of [PLAIN, LIMITED, GUARDED]) await story.kubectl('apply -f -', each);
  }, START_MS_MAX);

  afterAll(() => story?.close());

  const untilRunning = (count: number) =>
    eventually(`${count} pods run`, () => running(story.cluster) === count, STEP_MS_MAX);

  async function zoneOf(podName: string): Promise<string | undefined> {
    const [pods, nodes] = await Promise.all([story.pods(), story.nodes()]);
    const host = pods.find(({ name }) => name === podName)?.nodeName;
    return nodes.find(({ name }) => name === host)?.zone;
  }

  test.each(['us-east-1a', 'us-east-1b', 'us-east-1c'])(
    'a pod that would like to be in %s gets a node there',
    async (zone) => {
      const before = running(story.cluster);
      await story.kubectl('apply -f -', pod(`fan-of-${zone}`, 'plain', 1, preferring(zone)));
      await untilRunning(before + 1);
      expect(await zoneOf(`fan-of-${zone}`)).toBe(zone);
    },
    STEP_MS_MAX,
  );

  test(
    'one that would like to be in a zone without stock runs in another',
    async () => {
      story.cluster.faults.noCapacity = ['*/us-east-1b/*'];
      await story.kubectl('apply -f -', pod('modest', 'plain', 1, preferring('us-east-1b')));
      await untilRunning(4);
      expect(await zoneOf('modest')).toMatch(/us-east-1[ac]/);
    },
    STEP_MS_MAX,
  );

  /** What the controller tells the pod of why it waits, once it has said how to help it. */
  async function reasonOf(name: string, remedy: RegExp): Promise<RegExpExecArray> {
    const messages = () =>
      story.cluster.store
        .list('Event', 'default')
        .filter(({ reason, involvedObject }) => {
          return reason === 'FailedScheduling' && (involvedObject as { name?: string } | undefined)?.name === name;
        })
        .map(({ message }) => String(message));
    await eventually(`${name} is told ${remedy}`, () => messages().some((each) => remedy.test(each)), STEP_MS_MAX);
    // As its user sees it.
    const told = remedy.exec(await story.kubectl(`describe pod ${name}`));
    if (told === null) throw new Error(`kubectl describe does not show ${remedy}`);
    return told;
  }

  test(
    'a pod beyond a limit is told by how much to raise it, and runs when that is done',
    async () => {
      await story.kubectl('apply -f -', pod('hungry', 'limited', 6));
      const [, more] = await reasonOf('hungry', /raise the cpu limit by (\d+)/);
      const spec = { limits: { resources: { cpu: 4 + Number(more) } } };
      await story.kubectl(`patch provisioner limited --type=merge -p ${JSON.stringify({ spec })}`);
      await untilRunning(5);
      expect(await story.kubectl('get pod hungry -o jsonpath={.status.phase}')).toBe('Running');
    },
    STEP_MS_MAX,
  );

  test(
    'a pod before a taint is told what to tolerate, and runs when it does',
    async () => {
      await story.kubectl('apply -f -', pod('guest', 'guarded', 1));
      const [, key, value, effect] = await reasonOf('guest', /tolerate (\w+)=(\w+):(\w+)/);
      const patch = [{ op: 'add', path: '/spec/tolerations/-', value: { key, value, effect } }];
      await story.kubectl(`patch pod guest --type=json -p ${JSON.stringify(patch)}`);
      await untilRunning(6);
      expect(await story.kubectl('get pod guest -o jsonpath={.status.phase}')).toBe('Running');
    },
    STEP_MS_MAX,
  );

  test(
    'leaves nothing when the pods are deleted',
    async () => {
      expect(story.wrongBindings()).toEqual([]);
      await story.kubectl('delete pods --all --wait=false');
      await eventually('nothing is left', () => isBare(story.cluster), STEP_MS_MAX);
    },
    STEP_MS_MAX,
  );
});
