import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PROVISIONER_NAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';
import { startVolumeDriver } from './volume-driver.ts';

const START_MS_MAX = 240_000;
const STEP_MS_MAX = 120_000;
const WAIT_MS_MAX = 100_000;
const CONTROLLER = 'system:serviceaccount:karpenter:karpenter';
const DRIVER = 'ebs.csi.aws.com';
const ZONE = 'us-east-1c';
const STORAGE = '/apis/storage.k8s.io/v1';
const STATEFUL_SETS = '/apis/apps/v1/namespaces/default/statefulsets';

const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'one-zone' },
  provisioner: DRIVER,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE_LABEL, values: [ZONE] }] }],
};

/** A StatefulSet whose pods have a claim each. */
const DATABASE = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    replicas: 2,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'db',
            image: 'pause',
            resources: { requests: { cpu: '1' } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'one-zone',
          resources: { requests: { storage: '8Gi' } },
        },
      },
    ],
  },
};

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly status: { readonly phase?: string };
}

describe('a StatefulSet with claims on a real control plane', () => {
  let cluster: RealCluster;
  let driver: ReturnType<typeof startVolumeDriver>;

  const request: RealCluster['controlPlane']['request'] = (...args) => cluster.controlPlane.request(...args);
  const list = async (path: string) => (await request('GET', path)).body.items as readonly Listed[];
  const pods = () => list('/api/v1/namespaces/default/pods');
  const boughtNodes = () => list(`/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`);
  const zones = async () => [...new Set((await boughtNodes()).map(({ metadata }) => metadata.labels?.[ZONE_LABEL]))];
  const phases = async (path: string) => (await list(path)).map(({ status }) => status.phase);
  const untilRunning = (count: number) =>
    until(
      `${count} pods run`,
      pods,
      (all) => all.length === count && all.every(({ status }) => status.phase === 'Running'),
      WAIT_MS_MAX,
    );
  const untilBare = () =>
    until(
      'no node is left',
      async () => (await boughtNodes()).length + (await list('/apis/karpenter.sh/v1alpha5/machines')).length,
      (count) => count === 0,
      WAIT_MS_MAX,
    );
  const scale = (replicas: number) => request('PATCH', `${STATEFUL_SETS}/db/scale`, { spec: { replicas } });

  beforeAll(async () => {
    cluster = await startRealCluster();
    await installByHand(cluster, 'dev');
    await request('PATCH', '/apis/karpenter.sh/v1alpha5/provisioners/default', { spec: { ttlSecondsAfterEmpty: 2 } });
    await cluster.startController();
    // Nobody here attaches anything.
    const csiDriver = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DRIVER } };
    await request('POST', `${STORAGE}/csidrivers`, { ...csiDriver, spec: { attachRequired: false } });
    await request('POST', `${STORAGE}/storageclasses`, STORAGE_CLASS);
    driver = startVolumeDriver(cluster.controlPlane.request, DRIVER);
  }, START_MS_MAX);

  afterAll(async () => {
    await driver?.stop();
    await cluster?.close();
  });

  test(
    'runs where its class makes volumes, as the real scheduler agrees',
    async () => {
      await request('POST', STATEFUL_SETS, DATABASE);
      await untilRunning(2);
      expect(await zones()).toEqual([ZONE]);
      expect(await phases('/api/v1/persistentvolumeclaims')).toEqual(['Bound', 'Bound']);
    },
    STEP_MS_MAX,
  );

  test(
    'comes back to its volumes after it was scaled to nothing, which no class asks for any more',
    async () => {
      await scale(0);
      await untilBare();
      await request('DELETE', `${STORAGE}/storageclasses/one-zone`);
      await scale(2);
      await untilRunning(2);
      expect(await zones()).toEqual([ZONE]);
    },
    2 * STEP_MS_MAX,
  );

  test(
    'leaves nothing when it and its claims are deleted',
    async () => {
      await cluster.controlPlane.kubectl('delete', 'statefulset', 'db');
      await cluster.controlPlane.kubectl('delete', 'pvc', '--all', '--timeout=60s');
      await untilBare();
      await until(
        'no volume is left',
        () => list('/api/v1/persistentvolumes'),
        (all) => all.length === 0,
        WAIT_MS_MAX,
      );
    },
    STEP_MS_MAX,
  );

  test('never asked for more than its role allows', () => {
    const calls = cluster.controlPlane.callsOfWorkloads().filter(({ user }) => user === CONTROLLER);
    expect(calls.map(({ on }) => on)).toEqual(
      expect.arrayContaining(['persistentvolumeclaims', 'persistentvolumes', 'storageclasses.storage.k8s.io']),
    );
    expect(calls.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  });
});
