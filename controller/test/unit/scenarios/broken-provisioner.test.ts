import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  MINUTE_MS,
  provisioner,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const BAD_SELECTOR = {
  provider: { subnetSelector: { 'no-such-tag': 'x' }, securityGroupSelector: { 'karpenter.sh/discovery': 'demo' } },
};
const TEMPLATE: KubeObject = {
  apiVersion: 'karpenter.k8s.aws/v1alpha1',
  kind: 'AWSNodeTemplate',
  metadata: { name: 'nodes' },
  spec: {
    subnetSelector: { 'karpenter.sh/discovery': 'demo' },
    securityGroupSelector: { 'karpenter.sh/discovery': 'demo' },
  },
};
const statusesOf = (object: KubeObject | undefined) =>
  Object.fromEntries(
    ['Ready', 'Reconciling', 'Stalled'].map((type) => [type, conditionOf(object, type)?.status ?? 'absent']),
  );
const STALLED = { Ready: 'False', Reconciling: 'False', Stalled: 'True' };
const READY = { Ready: 'True', Reconciling: 'False', Stalled: 'False' };

describe('a Provisioner that only a human can mend', () => {
  test.each([
    ['a selector that matches nothing', BAD_SELECTOR, /subnetSelector/],
    [
      'an AWSNodeTemplate that does not exist',
      { providerRef: { name: 'nodes' } },
      /spec\.providerRef: AWSNodeTemplate "nodes"/,
    ],
  ])(
    'is Stalled with the field in its message, and disturbs no other: %s',
    async (_, spec, wantMessage) => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('broken', { weight: 100, ...spec }));
      cluster.store.create('Provisioner', provisioner('sound'));
      cluster.store.create('Deployment', deployment('web', 5));
      cluster.startController();
      expect(await cluster.until(() => cluster.pods('Running').length === 5, MINUTE_MS)).toBe(true);
      const broken = cluster.store.get('Provisioner', 'broken');
      expect(statusesOf(broken)).toEqual(STALLED);
      expect(conditionOf(broken, 'Stalled')?.message).toMatch(wantMessage);
      expect(Object(broken?.status).observedGeneration).toBe(broken?.metadata.generation);
      expect(statusesOf(cluster.store.get('Provisioner', 'sound'))).toEqual(READY);
    },
    TEST_MS_MAX,
  );

  test(
    'by an annotation is Stalled as well, and ready when the annotation is right, although its generation stays',
    async () => {
      const cluster = new VirtualCluster();
      const odd = provisioner('default');
      odd.metadata.annotations = { 'karpenter.sh/preference-policy': 'priced' };
      cluster.store.create('Provisioner', odd);
      cluster.store.create('Deployment', deployment('web', 1));
      cluster.startController();
      await cluster.pass(10 * SECOND_MS);
      const look = () => cluster.store.get('Provisioner', 'default');
      expect(statusesOf(look())).toEqual(STALLED);
      expect(conditionOf(look(), 'Stalled')?.message).toBe(
        'metadata.annotations[karpenter.sh/unmet-preference-cost]: is required with karpenter.sh/preference-policy: priced',
      );
      expect(cluster.store.list('Machine')).toEqual([]);

      const annotations = { 'karpenter.sh/unmet-preference-cost': '0.02' };
      cluster.store.mergePatch('Provisioner', 'default', undefined, { metadata: { annotations } });
      await cluster.pass(5 * SECOND_MS);
      expect(statusesOf(look())).toEqual(READY);
      expect(await cluster.until(() => cluster.pods('Running').length === 1, MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'mends itself within seconds when its AWSNodeTemplate appears, and serves the pods that wait for it',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default', { providerRef: { name: 'nodes' } }));
      // One that no pod waits for: nothing but the template itself can wake it.
      const spare = { providerRef: { name: 'nodes' }, taints: [{ key: 'spare', effect: 'NoSchedule' }] };
      cluster.store.create('Provisioner', provisioner('spare', spare));
      cluster.store.create('Deployment', deployment('web', 5));
      cluster.startController();
      // Not at a moment at which the selectors are looked at anyway.
      await cluster.pass(5 * MINUTE_MS + 10 * SECOND_MS);
      expect(statusesOf(cluster.store.get('Provisioner', 'default'))).toEqual(STALLED);
      expect(cluster.store.list('Machine')).toEqual([]);
      expect(eventMessages(cluster, 'FailedScheduling').length).toBeGreaterThan(0);

      cluster.store.create('AWSNodeTemplate', TEMPLATE);
      const isReady = () => conditionOf(cluster.store.get('Provisioner', 'default'), 'Ready')?.status === 'True';
      expect(await cluster.until(isReady, 5 * SECOND_MS)).toBe(true);
      await cluster.pass(SECOND_MS);
      expect(statusesOf(cluster.store.get('Provisioner', 'default'))).toEqual(READY);
      expect(statusesOf(cluster.store.get('Provisioner', 'spare'))).toEqual(READY);
      expect(statusesOf(cluster.store.get('AWSNodeTemplate', 'nodes'))).toEqual(READY);
      expect(await cluster.until(() => cluster.pods('Running').length === 5, MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'is observed at its new generation when git changes it, for better and for worse',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.startController();
      await cluster.pass(10 * SECOND_MS);
      const look = () => {
        const object = cluster.store.get('Provisioner', 'default');
        const { observedGeneration } = Object(object?.status);
        return { ...statusesOf(object), isObserved: observedGeneration === object?.metadata.generation };
      };
      expect(look()).toEqual({ ...READY, isObserved: true });
      cluster.store.mergePatch('Provisioner', 'default', undefined, { spec: BAD_SELECTOR });
      await cluster.pass(5 * SECOND_MS);
      expect(look()).toEqual({ ...STALLED, isObserved: true });
      cluster.store.mergePatch('Provisioner', 'default', undefined, {
        spec: { provider: { subnetSelector: null, securityGroupSelector: null } },
      });
      await cluster.pass(5 * SECOND_MS);
      expect(look()).toEqual({ ...READY, isObserved: true });
    },
    TEST_MS_MAX,
  );
});

describe('objects that live in git', () => {
  test(
    'keep their spec, labels and foreign annotations; the controller adds its hash, its finalizer and status',
    async () => {
      const cluster = new VirtualCluster();
      const fromGit = provisioner('default', { providerRef: { name: 'nodes' } });
      fromGit.metadata.labels = { 'argocd.argoproj.io/instance': 'karpenter' };
      fromGit.metadata.annotations = { 'kustomize.toolkit.fluxcd.io/checksum': 'abc' };
      const template = structuredClone(TEMPLATE);
      template.metadata.labels = { 'argocd.argoproj.io/instance': 'karpenter' };
      cluster.store.create('Provisioner', fromGit);
      cluster.store.create('AWSNodeTemplate', template);
      const before = cluster.store.get('Provisioner', 'default');
      const templateBefore = cluster.store.get('AWSNodeTemplate', 'nodes');
      cluster.store.create('Deployment', deployment('web', 5));
      cluster.startController();
      await cluster.until(() => cluster.pods('Running').length === 5, MINUTE_MS);
      cluster.store.delete('Deployment', 'web', 'default');
      await cluster.pass(3 * MINUTE_MS);

      const after = cluster.store.get('Provisioner', 'default');
      expect(after?.spec).toEqual(before?.spec);
      expect(after?.metadata.generation).toBe(before?.metadata.generation);
      expect(after?.metadata.labels).toEqual(before?.metadata.labels);
      const { 'karpenter.sh/provisioner-hash': hash, ...foreign } = after?.metadata.annotations ?? {};
      expect(hash).toMatch(/^\d+$/);
      expect(foreign).toEqual(before?.metadata.annotations);
      const templateAfter = cluster.store.get('AWSNodeTemplate', 'nodes');
      expect(templateAfter?.spec).toEqual(templateBefore?.spec);
      expect(templateAfter?.metadata.labels).toEqual(templateBefore?.metadata.labels);
      expect(templateAfter?.metadata.finalizers).toBeUndefined();
      // Argo's and Flux's marks must not travel to what it did not make.
      for (const metadata of cluster.model.ledger().map(({ tags }) => Object.keys(tags))) {
        expect(metadata.join()).not.toContain('argoproj');
      }
    },
    TEST_MS_MAX,
  );
});
