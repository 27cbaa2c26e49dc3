import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  eventsOf,
  livingInstances,
  MINUTE_MS,
  provisioner,
  SECOND_MS,
  TEST_MS_MAX,
  watchCreations,
} from './scenario-objects.ts';

const PROFILE = 'KarpenterNodeInstanceProfile-demo';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';

function clusterWithPods(): VirtualCluster {
  const cluster = new VirtualCluster();
  cluster.store.create('Provisioner', provisioner('default'));
  cluster.store.create('Deployment', deployment('web', 3));
  return cluster;
}

/** Takes the node role's access away, as somebody at a console does; returns what puts it back. */
function takeAccess({ model }: VirtualCluster): () => void {
  const entries = model.state.accessEntries;
  model.state.accessEntries = {};
  return () => {
    model.state.accessEntries = entries;
  };
}

const machineSays = (cluster: VirtualCluster, type: string) => conditionOf(cluster.store.list('Machine')[0], type);
const aboutKinds = (cluster: VirtualCluster, reason: string) =>
  eventsOf(cluster, reason).map((event) => Object(event['regarding'] ?? event['involvedObject']).kind);

describe('a node whose role the cluster does not know', () => {
  test(
    'is explained before it is given up, by role and by where it was looked for, and no second one is bought meanwhile',
    async () => {
      const cluster = clusterWithPods();
      takeAccess(cluster);
      const creationsAtMs = watchCreations(cluster);
      cluster.startController();
      const isExplained = () => machineSays(cluster, 'MachineRegistered')?.status === 'False';
      expect(await cluster.until(isExplained, 4 * MINUTE_MS)).toBe(true);
      const registered = machineSays(cluster, 'MachineRegistered');
      expect(registered?.reason).toBe('NodeAccessMissing');
      expect(registered?.message).toContain(`${ROLE_ARN} has neither an access entry nor a mapping in aws-auth`);
      expect(machineSays(cluster, 'Ready')).toMatchObject({ status: 'False', reason: 'NodeAccessMissing' });

      await cluster.pass(11 * MINUTE_MS);
      expect(aboutKinds(cluster, 'NodeAccessMissing').sort()).toEqual(['Machine', 'Provisioner']);
      expect(creationsAtMs.length).toBe(1);
      expect(livingInstances(cluster)).toBe(1);
      const isGivenUp = () => eventMessages(cluster, 'RegistrationTimeout').length > 0;
      expect(await cluster.until(isGivenUp, 2 * MINUTE_MS)).toBe(true);
      expect(eventMessages(cluster, 'RegistrationTimeout').join()).toContain(ROLE_ARN);
      expect(cluster.timers.nowMs() - (creationsAtMs[0] ?? 0)).toBeLessThan(16 * MINUTE_MS);
    },
    TEST_MS_MAX,
  );

  test(
    'is no longer blamed on its role once access is back',
    async () => {
      const cluster = clusterWithPods();
      const giveBack = takeAccess(cluster);
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      expect(machineSays(cluster, 'MachineRegistered')?.reason).toBe('NodeAccessMissing');
      giveBack();
      await cluster.pass(4 * MINUTE_MS);
      // Instances of the sandbox try once: it stays away, now for a reason that nobody but itself can tell.
      expect(machineSays(cluster, 'MachineRegistered')).toMatchObject({
        status: 'Unknown',
        reason: 'NodeNotFound',
        message: expect.stringContaining('its role may join'),
      });
    },
    TEST_MS_MAX,
  );

  test(
    'stays explained while AWS cannot be asked again',
    async () => {
      const cluster = clusterWithPods();
      takeAccess(cluster);
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      const explained = machineSays(cluster, 'MachineRegistered');
      expect(explained?.reason).toBe('NodeAccessMissing');
      cluster.faults.throttle = { GetInstanceProfile: -1 };
      await cluster.pass(5 * MINUTE_MS);
      expect(machineSays(cluster, 'MachineRegistered')).toEqual(explained);
    },
    TEST_MS_MAX,
  );

  test(
    'may join by aws-auth alone',
    async () => {
      const cluster = clusterWithPods();
      takeAccess(cluster);
      cluster.faults.nodesNeverJoin = true;
      cluster.store.create('ConfigMap', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'aws-auth', namespace: 'kube-system' },
        data: { mapRoles: `- rolearn: ${ROLE_ARN}\n  username: system:node:{{EC2PrivateDNSName}}\n` },
      });
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      expect(machineSays(cluster, 'MachineRegistered')?.message).toContain('its role may join');
    },
    TEST_MS_MAX,
  );

  test(
    'is not accused while AWS cannot be asked: that is told instead',
    async () => {
      const cluster = clusterWithPods();
      takeAccess(cluster);
      cluster.faults.throttle = { GetInstanceProfile: -1 };
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      expect(machineSays(cluster, 'MachineRegistered')).toMatchObject({
        status: 'Unknown',
        message: expect.stringContaining('RequestLimitExceeded'),
      });
      expect(eventsOf(cluster, 'NodeAccessMissing')).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

describe('an instance profile that somebody removed', () => {
  test(
    'is named by Machine and Provisioner when a launch is refused for it; launches go on once it is back',
    async () => {
      const cluster = clusterWithPods();
      const { iam } = cluster.model.state;
      const seen = iam.profilesSeenByEc2;
      iam.profilesSeenByEc2 = {};
      const creationsAtMs = watchCreations(cluster);
      cluster.startController();
      await cluster.pass(30 * SECOND_MS);
      expect(machineSays(cluster, 'MachineLaunched')).toMatchObject({
        status: 'False',
        reason: 'InstanceProfileNotFound',
        message: expect.stringContaining(PROFILE),
      });
      expect(aboutKinds(cluster, 'InstanceProfileNotFound')).toEqual(
        expect.arrayContaining(['Machine', 'Provisioner']),
      );
      await cluster.pass(10 * MINUTE_MS);
      expect(cluster.launches()).toEqual([]);
      // Refusals cost requests: about one a minute.
      expect(creationsAtMs.length).toBeLessThanOrEqual(12);

      iam.profilesSeenByEc2 = seen;
      expect(await cluster.until(() => cluster.pods('Running').length === 3, 4 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'is named also by a node that was launched with it and cannot join any more',
    async () => {
      const cluster = clusterWithPods();
      const { iam } = cluster.model.state;
      cluster.startController();
      await cluster.until(() => cluster.launches().length > 0, MINUTE_MS);
      iam.instanceProfiles = {};
      iam.profilesSeenByEc2 = {};
      await cluster.pass(4 * MINUTE_MS);
      expect(machineSays(cluster, 'MachineRegistered')).toMatchObject({
        status: 'False',
        reason: 'InstanceProfileNotFound',
        message: expect.stringContaining(`"${PROFILE}" does not exist`),
      });
    },
    TEST_MS_MAX,
  );
});
