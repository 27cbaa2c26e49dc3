import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { deployment, MINUTE_MS, provisioner, SECOND_MS, TEST_MS_MAX } from './scenario-objects.ts';

interface Told extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const told = (cluster: VirtualCluster) =>
  (cluster.store.list('Event') as readonly Told[])
    .filter(({ reason }) => reason === 'OtherInstallation')
    .map(({ involvedObject: { kind, name }, message }) => ({ kind, name, message }));

describe('the controller, installed in two namespaces of one cluster', () => {
  test(
    'says so on the Provisioner when it meets a Machine that the other makes, and buys nothing twice',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.startController(undefined, undefined, 'one');
      cluster.startController(undefined, undefined, 'two');
      await cluster.pass(5 * SECOND_MS);
      cluster.store.create('Deployment', deployment('web', 15));
      expect(await cluster.until(() => cluster.pods('Running').length === 15, 2 * MINUTE_MS)).toBe(true);
      expect(told(cluster)).toContainEqual({
        kind: 'Provisioner',
        name: 'default',
        message: expect.stringMatching(/"one".*"two"|"two".*"one"/),
      });
      await cluster.pass(2 * MINUTE_MS);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
      expect(cluster.launches()).toHaveLength(cluster.store.list('Machine').length);
    },
    TEST_MS_MAX,
  );

  test(
    'takes over without a word what an installation left behind that is gone',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.startController(undefined, undefined, 'one');
      cluster.store.create('Deployment', deployment('web', 5));
      expect(await cluster.until(() => cluster.pods('Running').length === 5, 2 * MINUTE_MS)).toBe(true);
      cluster.kill();
      cluster.startController(undefined, undefined, 'two');
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 15 } });
      expect(await cluster.until(() => cluster.pods('Running').length === 15, 2 * MINUTE_MS)).toBe(true);
      cluster.store.delete('Deployment', 'web', 'default');
      expect(await cluster.until(() => cluster.store.list('Machine').length === 0, 3 * MINUTE_MS)).toBe(true);
      expect(told(cluster)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
