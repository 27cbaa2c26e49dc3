import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { conditionOf, deployment, MINUTE_MS, provisioner, TEST_MS_MAX } from './scenario-objects.ts';

const STARTUP_TAINT = { key: 'agent.example.com/not-ready', effect: 'NoExecute' };
const SPEC = {
  labels: { team: 'search' },
  annotations: { 'example.com/owner': 'search' },
  taints: [{ key: 'dedicated', value: 'search', effect: 'NoSchedule' }],
  startupTaints: [STARTUP_TAINT],
};
const TOLERATING = { tolerations: [{ key: 'dedicated', operator: 'Exists' }] };

type Taints = readonly { readonly key: string }[];
const taintKeys = (object: { readonly [field: string]: unknown } | undefined) =>
  ((Object(object?.['spec']).taints ?? []) as Taints).map(({ key }) => key).sort();

describe('a node that joins', () => {
  test(
    'gets finalizer, owner, labels, annotations and taints of its Machine, and takes no pod until its startup taint is gone',
    async () => {
      const cluster = new VirtualCluster();
      const fromGit = provisioner('default', SPEC);
      fromGit.metadata.labels = { 'argocd.argoproj.io/instance': 'karpenter' };
      cluster.store.create('Provisioner', fromGit);
      cluster.store.create('Deployment', deployment('web', 3, { ...TOLERATING, containers: CONTAINERS }));
      cluster.startController();
      const isRegistered = () => conditionOf(cluster.store.list('Machine')[0], 'MachineRegistered')?.status === 'True';
      expect(await cluster.until(isRegistered, MINUTE_MS)).toBe(true);
      await cluster.pass(MINUTE_MS);

      const [machine] = cluster.store.list('Machine');
      const [node] = cluster.store.list('Node');
      expect(node?.metadata.finalizers).toEqual(['karpenter.sh/termination']);
      expect(node?.metadata.ownerReferences).toMatchObject([{ kind: 'Machine', uid: machine?.metadata.uid }]);
      expect(node?.metadata.labels).toMatchObject({
        team: 'search',
        'karpenter.sh/provisioner-name': 'default',
        'karpenter.sh/registered': 'true',
        'karpenter.sh/capacity-type': 'on-demand',
      });
      expect(node?.metadata.labels?.['argocd.argoproj.io/instance']).toBeUndefined();
      expect(node?.metadata.annotations?.['example.com/owner']).toBe('search');
      expect(taintKeys(node)).toEqual(['agent.example.com/not-ready', 'dedicated']);

      // Ready, but not initialized: the startup taint is still there, and no second node is bought meanwhile.
      expect(node?.metadata.labels?.['karpenter.sh/initialized']).toBeUndefined();
      expect(conditionOf(machine, 'MachineInitialized')).toMatchObject({
        status: 'False',
        reason: 'StartupTaintsExist',
      });
      expect(conditionOf(machine, 'Ready')?.status).toBe('False');
      expect(cluster.store.list('Machine').length).toBe(1);
      expect(cluster.pods('Running').length).toBe(0);

      cluster.store.mergePatch('Node', node?.metadata.name ?? '', undefined, { spec: { taints: SPEC.taints } });
      expect(await cluster.until(() => cluster.pods('Running').length === 3, MINUTE_MS)).toBe(true);
      await cluster.pass(5_000);
      const [initialized] = cluster.store.list('Node');
      expect(initialized?.metadata.labels?.['karpenter.sh/initialized']).toBe('true');
      expect(taintKeys(initialized)).toEqual(['dedicated']);
      expect(conditionOf(cluster.store.list('Machine')[0], 'Ready')?.status).toBe('True');
    },
    TEST_MS_MAX,
  );

  test(
    'keeps a taint and a label that somebody else gave it while it was being registered',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', 1));
      cluster.store.watch('Node', ({ type, object }) => {
        if (type !== 'ADDED') return;
        // In the same instant in which the controller reads the Node, as an admission controller or agent would.
        cluster.timers.after(10, () => {
          const { taints = [] } = Object(cluster.store.get('Node', object.metadata.name)?.['spec']);
          cluster.store.mergePatch('Node', object.metadata.name, undefined, {
            metadata: { labels: { 'example.com/rack': '7' } },
            spec: { taints: [...taints, { key: 'example.com/inspect', effect: 'PreferNoSchedule' }] },
          });
        });
      });
      cluster.startController();
      expect(await cluster.until(() => cluster.pods('Running').length === 1, MINUTE_MS)).toBe(true);
      const [node] = cluster.store.list('Node');
      expect(node?.metadata.labels).toMatchObject({ 'example.com/rack': '7', 'karpenter.sh/registered': 'true' });
      expect(taintKeys(node)).toContain('example.com/inspect');
    },
    TEST_MS_MAX,
  );
});

const CONTAINERS = [{ name: 'main', image: 'pause', resources: { requests: { cpu: '1' } } }];
