import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isBare, leftovers, running } from '../../sandbox/story/observations.ts';
import { eventually } from '../eventually.ts';
import { describeWithKubectl } from './kubectl.ts';
import { type ShownNode, START_MS_MAX, STEP_MS_MAX, type StoryCluster, startStoryCluster } from './story-cluster.ts';

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

const PROVISIONER = `
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: default
spec:
  provider: {}
  ttlSecondsAfterEmpty: 3
`;

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 6
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels:
              app: web
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector:
                matchLabels:
                  app: web
      containers:
        - name: web
          image: public.ecr.aws/eks-distro/kubernetes/pause:3.2
          resources:
            requests:
              cpu: 100m
`;

describeWithKubectl('a deployment spread over zones, each pod on a host of its own', () => {
  let story: StoryCluster;

  beforeAll(async () => {
    story = await startStoryCluster();
    await story.kubectl('apply -f -', PROVISIONER);
  }, START_MS_MAX);

  afterAll(() => story?.close());

  const untilRunning = (count: number) =>
    eventually(`${count} pods run`, () => running(story.cluster) === count, STEP_MS_MAX);
  const instances = () =>
    Object.values(story.cluster.model.state.instances).filter(({ state }) => state === 'running').length;

  /** How many of the pods run in each zone, by what kubectl shows; every one on a node of its own. */
  async function perZone(): Promise<readonly number[]> {
    const [pods, nodes] = await Promise.all([story.pods(), story.nodes()]);
    const hosts = pods.map(({ nodeName }) => nodeName);
    expect(new Set(hosts).size).toBe(pods.length);
    const byName = new Map<string, ShownNode>(nodes.map((node) => [node.name, node]));
    return ZONES.map((zone) => hosts.filter((host) => byName.get(host)?.zone === zone).length);
  }

  test(
    'gets a node for each of six pods, two in each zone, and none to spare',
    async () => {
      expect(await story.kubectl('apply -f -', WEB)).toBe('deployment.apps/web created\n');
      await untilRunning(6);
      expect(await perZone()).toEqual([2, 2, 2]);
      expect(await story.nodes()).toHaveLength(6);
      expect(instances()).toBe(6);
    },
    STEP_MS_MAX,
  );

  test(
    'grows to eight by one node in two zones',
    async () => {
      await story.kubectl('scale deployment web --replicas=8');
      await untilRunning(8);
      expect([...(await perZone())].sort()).toEqual([2, 3, 3]);
      expect(instances()).toBe(8);
    },
    STEP_MS_MAX,
  );

  test(
    'shrinks to three, and the nodes of the others go',
    async () => {
      await story.kubectl('scale deployment web --replicas=3');
      await eventually(
        'three instances are left',
        () => running(story.cluster) === 3 && instances() === 3,
        STEP_MS_MAX,
      );
      const hosts = (await story.pods()).map(({ nodeName }) => nodeName);
      expect((await story.nodes()).map(({ name }) => name).sort()).toEqual([...hosts].sort());
    },
    STEP_MS_MAX,
  );

  test(
    'grows again where it is fewest, so that the zones are even',
    async () => {
      await story.kubectl('scale deployment web --replicas=9');
      await untilRunning(9);
      expect(await perZone()).toEqual([3, 3, 3]);
      expect(story.wrongBindings()).toEqual([]);
    },
    STEP_MS_MAX,
  );

  test(
    'leaves no node, no Machine and no instance when it is deleted',
    async () => {
      expect(await story.kubectl('delete deployment web')).toContain('"web" deleted');
      await eventually('nothing is left', () => isBare(story.cluster), STEP_MS_MAX);
      expect(leftovers(story.cluster)).toBe('0 nodes, 0 machines, 0 instances left');
      expect(await story.kubectl('get pods,machines -o name')).toBe('');
    },
    STEP_MS_MAX,
  );
});
