import { describe, expect, test } from '@jest/globals';
import { RUN_SECONDS_ANNOTATION } from '../pod-runner.ts';
import { createWorldFixture, staticNode, type WorldFixture, workloadObject } from '../world-fixture.ts';

/** A world with three nodes of 8 vCPU, all Ready. */
async function roomyWorld(): Promise<WorldFixture> {
  const fixture = createWorldFixture();
  const room = { cpu: 8000, memory: 2 ** 34, pods: 50 };
  for (const name of ['n1', 'n2', 'n3'])
    fixture.world.addStaticNode(staticNode(name, { capacity: room, allocatable: room }));
  await fixture.pass(3000);
  return fixture;
}

const available = (fixture: WorldFixture, name: string): unknown =>
  fixture.status('Deployment', name)['availableReplicas'];
const alive = ({ pods }: WorldFixture): number =>
  pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;

describe('a Deployment', () => {
  test('becomes one ReplicaSet and its pods, and tells when all serve', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 3 }));
    await fixture.until(() => available(fixture, 'web') === 3);
    const [replicaSet] = fixture.store.list('ReplicaSet');
    expect(replicaSet?.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', name: 'web', controller: true }]);
    expect(replicaSet?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
    const [pod] = fixture.pods();
    expect(pod?.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', name: replicaSet?.metadata.name }]);
    expect(pod?.metadata.labels?.['pod-template-hash']).toBe(replicaSet?.metadata.labels?.['pod-template-hash']);
    expect(fixture.status('Deployment', 'web')).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      observedGeneration: 1,
    });
    const conditions = fixture.status('Deployment', 'web')['conditions'];
    expect(conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'Available', status: 'True' }),
        expect.objectContaining({ type: 'Progressing', reason: 'NewReplicaSetAvailable' }),
      ]),
    );
  });

  test('follows its scale up and down, and its pods go with it when it is deleted', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 0 }));
    await fixture.pass(1000);
    expect(fixture.pods()).toEqual([]);
    fixture.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 5 } });
    await fixture.until(() => available(fixture, 'web') === 5);
    fixture.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 2 } });
    await fixture.until(() => fixture.pods().length === 2);
    fixture.store.delete('Deployment', 'web', 'default');
    await fixture.until(() => fixture.pods().length === 0 && fixture.store.list('ReplicaSet').length === 0);
  });

  test('makes up for a pod that is deleted', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 2 }));
    await fixture.until(() => available(fixture, 'web') === 2);
    const lost = fixture.pods()[0]?.metadata.name ?? '';
    fixture.store.delete('Pod', lost, 'default');
    await fixture.until(() => fixture.pod(lost) === undefined && available(fixture, 'web') === 2);
  });

  test('rolls a new template out without ever serving with fewer than three of four', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 4 }));
    await fixture.until(() => available(fixture, 'web') === 4);
    const seen: number[] = [];
    fixture.store.watch('Deployment', ({ object }) => {
      seen.push(Number((object['status'] as { availableReplicas?: number }).availableReplicas));
    });
    const containers = [{ name: 'main', image: 'pause:2', resources: { requests: { cpu: '1' } } }];
    fixture.store.mergePatch('Deployment', 'web', 'default', { spec: { template: { spec: { containers } } } });
    const isNew = (): boolean => fixture.pods().every(({ spec }) => spec.containers[0]?.image === 'pause:2');
    await fixture.until(() => isNew() && available(fixture, 'web') === 4 && alive(fixture) === 4);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(3);
    expect(fixture.store.get('Deployment', 'web', 'default')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '2',
    });
  });

  test('with Recreate starts the new pods after the last old one has gone', async () => {
    const fixture = await roomyWorld();
    const strategy = { type: 'Recreate' };
    fixture.store.create('Deployment', workloadObject('apps/v1', 'Deployment', 'web', { replicas: 2, strategy }));
    await fixture.until(() => available(fixture, 'web') === 2);
    let mixed = false;
    fixture.store.watch('Pod', () => {
      mixed ||= new Set(fixture.pods().map(({ spec }) => spec.containers[0]?.image)).size > 1;
    });
    const containers = [{ name: 'main', image: 'pause:2' }];
    fixture.store.mergePatch('Deployment', 'web', 'default', { spec: { template: { spec: { containers } } } });
    const isNew = (): boolean => fixture.pods().every(({ spec }) => spec.containers[0]?.image === 'pause:2');
    await fixture.until(() => isNew() && fixture.pods().length === 2 && available(fixture, 'web') === 2);
    expect(mixed).toBe(false);
  });
});

describe('a DaemonSet', () => {
  test('runs once on each node that its selector and tolerations allow, and on the node that comes', async () => {
    const fixture = await roomyWorld();
    fixture.world.addStaticNode(staticNode('tainted', { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] }));
    await fixture.pass(3000);
    fixture.store.create('DaemonSet', workloadObject('apps/v1', 'DaemonSet', 'agent', {}));
    const places = (): readonly string[] =>
      fixture
        .pods()
        .map(({ spec }) => spec.nodeName ?? '')
        .sort();
    await fixture.until(() => fixture.status('DaemonSet', 'agent')['numberReady'] === 3);
    expect(places()).toEqual(['n1', 'n2', 'n3']);
    fixture.world.addStaticNode(staticNode('n4'));
    await fixture.until(() => fixture.status('DaemonSet', 'agent')['numberReady'] === 4);
    expect(places()).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(fixture.status('DaemonSet', 'agent')).toMatchObject({ desiredNumberScheduled: 4, numberMisscheduled: 0 });
  });

  test('stays on a cordoned node, as the tolerations it is given say', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('DaemonSet', workloadObject('apps/v1', 'DaemonSet', 'agent', {}));
    await fixture.until(() => fixture.status('DaemonSet', 'agent')['numberReady'] === 3);
    const before = fixture.pods().map(({ metadata }) => metadata.uid);
    fixture.store.mergePatch('Node', 'n1', undefined, {
      spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
    });
    await fixture.pass(10_000);
    expect(fixture.pods().map(({ metadata }) => metadata.uid)).toEqual(before);
  });
});

describe('a Job', () => {
  const template = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work' }] };

  test('runs its pods a few at a time until enough have succeeded', async () => {
    const fixture = await roomyWorld();
    const job = workloadObject('batch/v1', 'Job', 'sum', { completions: 5, parallelism: 2, template });
    fixture.store.create('Job', job);
    let most = 0;
    fixture.store.watch('Pod', () => {
      most = Math.max(
        most,
        fixture.pods().filter(({ status }) => status?.phase === 'Pending' || status?.phase === 'Running').length,
      );
    });
    await fixture.until(() => fixture.status('Job', 'sum')['succeeded'] === 5);
    await fixture.pass(1000);
    expect(most).toBe(2);
    expect(fixture.status('Job', 'sum')).toMatchObject({ active: 0, failed: 0 });
    expect(fixture.status('Job', 'sum')['conditions']).toMatchObject([{ type: 'Complete', status: 'True' }]);
  });

  test('makes up for a pod that is lost, counts it once and lets it go', async () => {
    const fixture = await roomyWorld();
    fixture.store.create('Job', workloadObject('batch/v1', 'Job', 'sum', { completions: 1, template }));
    await fixture.until(() => fixture.pods()[0]?.status?.phase === 'Running');
    const lost = fixture.pods()[0]?.metadata.name ?? '';
    fixture.store.delete('Pod', lost, 'default');
    await fixture.until(() => fixture.status('Job', 'sum')['succeeded'] === 1);
    expect(fixture.pod(lost)).toBeUndefined();
    expect(fixture.status('Job', 'sum')).toMatchObject({ succeeded: 1, failed: 1 });
  });

  test('lets its pods run as long as their annotation says', async () => {
    const fixture = await roomyWorld();
    const job = workloadObject('batch/v1', 'Job', 'long', { template });
    const spec = job['spec'] as { template: { metadata: Record<string, unknown> } };
    spec.template.metadata['annotations'] = { [RUN_SECONDS_ANNOTATION]: '120' };
    fixture.store.create('Job', job);
    await fixture.pass(110_000);
    expect(fixture.pods()[0]?.status?.phase).toBe('Running');
    await fixture.pass(20_000);
    expect(fixture.pods()[0]?.status?.phase).toBe('Succeeded');
  });
});
