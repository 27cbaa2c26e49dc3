import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isBare, running } from '../../sandbox/story/observations.ts';
import { startWireCluster, type WireCluster } from '../../sandbox/wire-cluster.ts';
import { eventually } from '../eventually.ts';
import { createKubectl, describeWithKubectl, type Kubectl } from './kubectl.ts';

const READY_MS_MAX = 30_000;
const STEP_MS_MAX = 120_000;
const ZONE = 'us-east-1c';
const NODE_ZONE =
  '-o jsonpath={.items[?(@.metadata.labels.karpenter\\.sh/provisioner-name)].metadata.labels.topology\\.kubernetes\\.io/zone}';

const OBJECTS = `
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata: {name: default}
spec:
  provider: {}
  ttlSecondsAfterEmpty: 2
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: one-zone}
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
allowedTopologies:
  - matchLabelExpressions:
      - {key: topology.kubernetes.io/zone, values: [${ZONE}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: orders}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: one-zone
  resources: {requests: {storage: 8Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - {name: db, image: pause, resources: {requests: {cpu: 1}}}
      volumes:
        - {name: data, persistentVolumeClaim: {claimName: orders}}
`;

describeWithKubectl('a deployment with a claim, by kubectl', () => {
  let cluster: WireCluster;
  let kubectl: Kubectl;

  async function kube(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl.run(command.split(' '), input);
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout;
  }

  beforeAll(async () => {
    cluster = await startWireCluster();
    kubectl = createKubectl(cluster.kubeUrl);
    await cluster.controller.start();
    await cluster.controller.ready(READY_MS_MAX);
  }, READY_MS_MAX + 10_000);

  afterAll(async () => {
    kubectl.close();
    await cluster.close();
  });

  test(
    'runs in the zone that its class allows',
    async () => {
      await kube('apply -f -', OBJECTS);
      await eventually('the pod runs', () => running(cluster) === 1, STEP_MS_MAX);
      expect(await kube(`get nodes ${NODE_ZONE}`)).toBe(ZONE);
      expect(await kube('get pvc orders -o jsonpath={.status.phase}')).toBe('Bound');
    },
    STEP_MS_MAX,
  );

  test(
    'leaves its volume and no node behind when it is scaled to nothing',
    async () => {
      await kube('scale deployment db --replicas 0');
      await eventually('no node is left', () => isBare(cluster), STEP_MS_MAX);
      expect(await kube('get pv -o jsonpath={.items[*].spec.claimRef.name}')).toBe('orders');
    },
    STEP_MS_MAX,
  );

  test(
    'comes back to the zone of its volume, which nothing else asks for any more',
    async () => {
      await kube('delete storageclass one-zone');
      await kube('scale deployment db --replicas 1');
      await eventually('the pod runs again', () => running(cluster) === 1, STEP_MS_MAX);
      expect(await kube(`get nodes ${NODE_ZONE}`)).toBe(ZONE);
    },
    STEP_MS_MAX,
  );

  test(
    'leaves nothing at all when everything is deleted',
    async () => {
      await kube('delete deployment db');
      await kube('delete pvc orders');
      await eventually('no node is left', () => isBare(cluster), STEP_MS_MAX);
      await kube('delete provisioner default');
      await eventually('no volume is left', () => cluster.store.list('PersistentVolume').length === 0, STEP_MS_MAX);
      expect(await kube('get provisioners,machines,pv,pvc,pods -o name')).toBe('');
    },
    STEP_MS_MAX,
  );
});
