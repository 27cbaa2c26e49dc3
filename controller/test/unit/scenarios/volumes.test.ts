import { describe, expect, test } from '@jest/globals';
import { checkPlacement } from '../../../sandbox/checks/placement.ts';
import { checkVolumes } from '../../../sandbox/checks/volumes.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import {
  deployment,
  eventMessages,
  livingInstances,
  MINUTE_MS,
  pod,
  provisioner,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const ZONE = 'topology.kubernetes.io/zone';
const EBS = 'ebs.csi.aws.com';

/** A class of volumes that are made when a pod gets its node, unless told otherwise. */
function storageClass(name: string, rest: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: EBS,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...rest,
  };
}

function claim(name: string, storageClassName: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Gi' } }, storageClassName },
  };
}

const claiming = (...names: string[]) => ({
  volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
});
const onlyIn = (...zones: string[]) => ({
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: zones }] }],
});

function clusterWith(objects: readonly KubeObject[]): VirtualCluster {
  const cluster = new VirtualCluster();
  for (const object of [provisioner('default'), ...objects]) cluster.store.create(object.kind ?? '', object);
  cluster.startController();
  return cluster;
}

const runs = (cluster: VirtualCluster, count: number) => () => cluster.pods('Running').length === count;

/** Zones of the nodes on which pods run. */
function zonesInUse(cluster: VirtualCluster): string[] {
  const names = new Set(cluster.pods('Running').map(({ spec }) => (spec as { nodeName?: string }).nodeName));
  const nodes = cluster.store.list('Node').filter(({ metadata }) => names.has(metadata.name));
  return [...new Set(nodes.map(({ metadata }) => metadata.labels?.[ZONE] ?? ''))].sort();
}

describe('a deployment with a claim', () => {
  test(
    'starts in the zone that the class allows, and comes back to the zone of its volume',
    async () => {
      const cluster = clusterWith([
        storageClass('c-only', onlyIn('us-east-1c')),
        claim('data', 'c-only'),
        deployment('db', 1, claiming('data')),
      ]);
      expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
      expect(zonesInUse(cluster)).toEqual(['us-east-1c']);

      cluster.store.mergePatch('Deployment', 'db', 'default', { spec: { replicas: 0 } });
      expect(await cluster.until(() => livingInstances(cluster) === 0, 10 * MINUTE_MS)).toBe(true);
      // The class says nothing any more; the volume does.
      cluster.store.delete('StorageClass', 'c-only');
      cluster.store.mergePatch('Deployment', 'db', 'default', { spec: { replicas: 1 } });
      expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
      expect(zonesInUse(cluster)).toEqual(['us-east-1c']);
      expect([...checkPlacement(cluster.store), ...checkVolumes(cluster.store)]).toEqual([]);
      expect(cluster.launches()).toHaveLength(2);
    },
    TEST_MS_MAX,
  );

  test(
    'waits without costing anything for a claim that is not there, and runs once it is',
    async () => {
      const cluster = clusterWith([storageClass('gp3'), deployment('db', 1, claiming('data'))]);
      await cluster.pass(MINUTE_MS);
      expect(eventMessages(cluster, 'FailedScheduling')).toEqual(['its claim default/data does not exist']);
      expect(livingInstances(cluster)).toBe(0);

      cluster.store.create('PersistentVolumeClaim', claim('data', 'gp3'));
      expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'that is bound at once follows its volume, and nothing is bought before that is there',
    async () => {
      const cluster = clusterWith([
        deployment('db', 1, claiming('data')),
        storageClass('at-once', { volumeBindingMode: 'Immediate', ...onlyIn('us-east-1b') }),
        claim('data', 'at-once'),
      ]);
      expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
      expect(zonesInUse(cluster)).toEqual(['us-east-1b']);
      expect(cluster.launches()).toHaveLength(1);
    },
    TEST_MS_MAX,
  );

  test(
    'gets no node for two volumes in two zones, and the claims are named',
    async () => {
      const cluster = clusterWith([
        storageClass('a-only', { volumeBindingMode: 'Immediate', ...onlyIn('us-east-1a') }),
        storageClass('b-only', { volumeBindingMode: 'Immediate', ...onlyIn('us-east-1b') }),
        claim('left', 'a-only'),
        claim('right', 'b-only'),
        deployment('db', 1, claiming('left', 'right')),
      ]);
      await cluster.pass(2 * MINUTE_MS);
      expect(eventMessages(cluster, 'FailedScheduling')).toContain(
        'no node could have the volumes of all its claims: default/left, default/right',
      );
      expect(livingInstances(cluster)).toBe(0);
    },
    TEST_MS_MAX,
  );
});

test(
  'a pod with an ephemeral volume runs where its class allows, and its claim goes with it',
  async () => {
    const volumeClaimTemplate = { spec: claim('', 'b-only')['spec'] };
    const cluster = clusterWith([
      storageClass('b-only', onlyIn('us-east-1b')),
      pod('scratch', { volumes: [{ name: 'work', ephemeral: { volumeClaimTemplate } }] }),
    ]);
    expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
    expect(zonesInUse(cluster)).toEqual(['us-east-1b']);
    expect(cluster.store.get('PersistentVolumeClaim', 'scratch-work', 'default')).toBeDefined();

    cluster.store.delete('Pod', 'scratch', 'default', { gracePeriodSeconds: 0 });
    const isGone = () =>
      cluster.store.list('PersistentVolumeClaim').length + cluster.store.list('PersistentVolume').length === 0;
    expect(await cluster.until(isGone, MINUTE_MS)).toBe(true);
  },
  TEST_MS_MAX,
);

test(
  'a node that can attach no more volumes gets a second one beside it, and pods without volumes still go there',
  async () => {
    const names = ['one', 'two', 'three'];
    const small = (name: string, spec: Record<string, unknown> = {}) =>
      pod(name, {
        containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '100m' } } }],
        ...spec,
      });
    const cluster = clusterWith([storageClass('gp3'), ...names.map((name) => claim(name, 'gp3')), small('first')]);
    expect(await cluster.until(runs(cluster, 1), 5 * MINUTE_MS)).toBe(true);
    const [node] = cluster.store
      .list('Node')
      .filter(({ metadata }) => metadata.labels?.['karpenter.sh/provisioner-name']);
    cluster.store.create('CSINode', {
      metadata: { name: node?.metadata.name ?? '' },
      spec: { drivers: [{ name: EBS, nodeID: 'i-1', allocatable: { count: 2 } }] },
    });
    await cluster.pass(SECOND_MS);
    for (const name of names) cluster.store.create('Pod', small(name, claiming(name)));
    cluster.store.create('Pod', small('plain'));
    expect(await cluster.until(runs(cluster, 5), 5 * MINUTE_MS)).toBe(true);
    expect(livingInstances(cluster)).toBe(2);
    expect([...checkPlacement(cluster.store), ...checkVolumes(cluster.store)]).toEqual([]);
  },
  TEST_MS_MAX,
);
