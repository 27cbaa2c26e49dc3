import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inflate } from '../../sandbox/story/page-objects.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const START_MS_MAX = 180_000;
const TEST_MS_MAX = 120_000;
const WAIT_MS_MAX = 100_000;
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

describe('a cluster that knows its nodes by aws-auth', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await startRealCluster({ clusterName: 'mapped', authenticationMode: 'CONFIG_MAP' });
    await installByHand(cluster, 'prod');
    await cluster.startController();
    await cluster.controlPlane.request('POST', DEPLOYMENTS, inflate());
  }, START_MS_MAX);

  afterAll(() => cluster?.close());

  const scaleInflate = (replicas: number) =>
    cluster.controlPlane.request('PATCH', `${DEPLOYMENTS}/inflate/scale`, { spec: { replicas } });
  const running = () => Object.values(cluster.model.state.instances).filter(({ state }) => state === 'running');
  const boughtNodes = async () => {
    const { body } = await cluster.controlPlane.request('GET', `/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`);
    return (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  };

  test(
    'gets its nodes from the account: an instance runs for a pod that found no room',
    async () => {
      await scaleInflate(1);
      await until(
        'an instance runs',
        async () => running(),
        (all) => all.length === 1,
        WAIT_MS_MAX,
      );
      const [instance] = running();
      expect(instance?.tags).toMatchObject({ 'kubernetes.io/cluster/mapped': 'owned' });
    },
    TEST_MS_MAX,
  );

  test(
    'lets no instance in whose role the map does not name, and those that start after it does',
    async () => {
      const [stranger] = running();
      await cluster.controlPlane.request('POST', '/api/v1/namespaces/kube-system/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'aws-auth' },
        data: { mapRoles: mapRoles(cluster) },
      });
      await scaleInflate(15);
      // Fifteen pods do not fit the stranger, so at least one more is bought.
      const names = await until('the others join', boughtNodes, (all) => all.length > 0, WAIT_MS_MAX);
      expect(names).not.toContain(stranger?.privateDnsName);
    },
    TEST_MS_MAX,
  );

  test(
    'leaves nothing running when it is closed',
    async () => {
      await cluster.close();
      await expect(cluster.controlPlane.request('GET', '/readyz')).rejects.toThrow();
      await expect(fetch(cluster.awsUrl)).rejects.toThrow();
      // Killed, not failed: its exit code says by whom.
      expect(await cluster.controller.exited).toBe(128);
    },
    TEST_MS_MAX,
  );
});

const mapRoles = ({ clusterName, model }: RealCluster) =>
  [
    `- rolearn: arn:aws:iam::${model.state.accountId}:role/KarpenterNodeRole-${clusterName}`,
    '  username: system:node:{{EC2PrivateDNSName}}',
    '  groups: [system:bootstrappers, system:nodes]',
    '',
  ].join('\n');
