import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isBare, running } from '../../sandbox/story/observations.ts';
import { CAPACITY_TYPE_LABEL } from '../../src/api/names.ts';
import { eventually } from '../eventually.ts';
import { describeWithKubectl } from './kubectl.ts';
import { START_MS_MAX, STEP_MS_MAX, type StoryCluster, startStoryCluster } from './story-cluster.ts';

const PROVISIONER = `
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: default
spec:
  provider: {}
  ttlSecondsAfterEmpty: 3
  requirements:
    - key: karpenter.sh/capacity-type
      operator: In
      values: [spot, on-demand]
    - key: karpenter.k8s.aws/instance-family
      operator: In
      values: [c5, m5]
`;

/** One pod with a cpu request of its own. */
const deployment = (name: string, cpu: number) => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: main
          image: public.ecr.aws/eks-distro/kubernetes/pause:3.2
          resources:
            requests:
              cpu: ${cpu}
`;

describeWithKubectl('a deployment on spot with on-demand to fall back on', () => {
  let story: StoryCluster;

  beforeAll(async () => {
    story = await startStoryCluster();
    await story.kubectl('apply -f -', PROVISIONER);
  }, START_MS_MAX);

  afterAll(() => story?.close());

  /** The capacity type of the node of each pod that kubectl shows, by the pod's app. */
  async function capacityTypes(): Promise<Readonly<Record<string, string | undefined>>> {
    const [pods, nodes] = await Promise.all([story.pods(), story.nodes()]);
    return Object.fromEntries(
      pods.map(({ name, nodeName }) => [
        name.split('-')[0],
        nodes.find((node) => node.name === nodeName)?.labels[CAPACITY_TYPE_LABEL],
      ]),
    );
  }

  const untilRunning = (count: number) =>
    eventually(`${count} pods run`, () => running(story.cluster) === count, STEP_MS_MAX);

  test(
    'runs on on-demand while no spot is to be had',
    async () => {
      story.cluster.faults.noCapacity = ['*/*/spot'];
      await story.kubectl('apply -f -', deployment('early', 1));
      await untilRunning(1);
      expect(await capacityTypes()).toEqual({ early: 'on-demand' });
      // Not a spot instance among those that were bought, not even for a moment.
      expect(new Set(story.cluster.model.ledger().map(({ capacityType }) => capacityType))).toEqual(
        new Set(['on-demand']),
      );
      expect(await story.kubectl('get events --field-selector=reason=InsufficientCapacityError -o name')).not.toBe('');
    },
    STEP_MS_MAX,
  );

  test(
    'gets its next node as spot when spot is back, without being told',
    async () => {
      story.cluster.faults.noCapacity = [];
      // Larger than anything that was refused as spot a moment ago: a refusal is remembered for three minutes.
      await story.kubectl('apply -f -', deployment('late', 60));
      await untilRunning(2);
      expect(await capacityTypes()).toEqual({ early: 'on-demand', late: 'spot' });
    },
    STEP_MS_MAX,
  );

  test(
    'leaves nothing when it is deleted',
    async () => {
      await story.kubectl('delete deployment early late');
      await eventually('nothing is left', () => isBare(story.cluster), STEP_MS_MAX);
      expect(await story.kubectl('get pods,machines -o name')).toBe('');
    },
    STEP_MS_MAX,
  );
});
