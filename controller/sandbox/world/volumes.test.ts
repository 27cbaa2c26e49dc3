import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { checkVolumes } from '../checks/volumes.ts';
import { createWorldFixture, podObject, staticNode, type WorldFixture } from './world-fixture.ts';

const ZONE = 'topology.kubernetes.io/zone';
const EBS = 'ebs.csi.aws.com';
const SIZE = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Gi' } } };

const claim = (name: string, spec: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'default' },
  spec: { ...SIZE, ...spec },
});
const claiming = (...names: string[]) => ({
  volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
});

/** Two Ready nodes, one in zone a and one in zone b, and a class that waits for pods, unless told otherwise. */
async function cluster(storageClass: Record<string, unknown> = {}): Promise<WorldFixture> {
  const fixture = createWorldFixture();
  fixture.world.addStaticNode(staticNode('in-a', { zone: 'us-east-1a' }));
  fixture.world.addStaticNode(staticNode('in-b', { zone: 'us-east-1b', privateIp: '10.0.0.11' }));
  fixture.store.create('StorageClass', {
    metadata: { name: 'gp3' },
    provisioner: EBS,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...storageClass,
  });
  await fixture.pass(3000);
  return fixture;
}

const onlyIn = (zone: string) => ({ allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: [zone] }] }] });

async function verdict({ store, pod, pass }: WorldFixture, spec: Record<string, unknown>): Promise<string> {
  store.create('Pod', podObject('p', spec));
  await pass(1000);
  const stated = pod('p')?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return pod('p')?.spec.nodeName || (stated?.message ?? '').split('. preemption')[0] || 'no verdict';
}

describe('a pod with a claim', () => {
  test('goes where the class allows, and its claim gets a volume there', async () => {
    const fixture = await cluster(onlyIn('us-east-1b'));
    fixture.store.create('PersistentVolumeClaim', claim('data', { storageClassName: 'gp3' }));
    expect(await verdict(fixture, claiming('data'))).toBe('in-b');
    const [volume] = fixture.store.list('PersistentVolume');
    expect(volume?.spec).toMatchObject({
      claimRef: { name: 'data' },
      csi: { driver: EBS },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, values: ['us-east-1b'] }] }] },
      },
    });
    expect(fixture.status('PersistentVolumeClaim', 'data')['phase']).toBe('Bound');
    expect(checkVolumes(fixture.store)).toEqual([]);
  });

  test('goes to its volume, whatever the class says now', async () => {
    const fixture = await cluster({ volumeBindingMode: 'Immediate', ...onlyIn('us-east-1b') });
    fixture.store.create('PersistentVolumeClaim', claim('data', { storageClassName: 'gp3' }));
    await fixture.until(() => fixture.store.list('PersistentVolume').length === 1);
    fixture.store.delete('StorageClass', 'gp3');
    expect(await verdict(fixture, claiming('data'))).toBe('in-b');
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown> | undefined, string]>([
    ['has no claim', {}, undefined, 'persistentvolumeclaim "data" not found'],
    ['has a claim without class', {}, {}, 'pod has unbound immediate PersistentVolumeClaims'],
    [
      'may have a volume only where no node is',
      onlyIn('us-east-1z'),
      { storageClassName: 'gp3' },
      "2 node(s) didn't find available persistent volumes to bind",
    ],
  ])('waits while it %s', async (_, storageClass, claimSpec, reason) => {
    const fixture = await cluster(storageClass);
    if (claimSpec !== undefined) fixture.store.create('PersistentVolumeClaim', claim('data', claimSpec));
    expect(await verdict(fixture, claiming('data'))).toBe(`0/2 nodes are available: ${reason}`);
    expect(fixture.store.list('PersistentVolume')).toEqual([]);
  });

  test('without class gets the default one', async () => {
    const metadata = { name: 'gp3', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
    const fixture = await cluster({ metadata, ...onlyIn('us-east-1a') });
    fixture.store.create('PersistentVolumeClaim', claim('data'));
    await fixture.pass(1000);
    expect(await verdict(fixture, claiming('data'))).toBe('in-a');
  });

  test('finds no place where a driver can attach no more, and does once it can', async () => {
    const fixture = await cluster(onlyIn('us-east-1a'));
    const csiNode = (count: number) => ({ spec: { drivers: [{ name: EBS, nodeID: 'i', allocatable: { count } }] } });
    fixture.store.create('CSINode', { metadata: { name: 'in-a' }, ...csiNode(1) });
    for (const name of ['one', 'two']) {
      fixture.store.create('PersistentVolumeClaim', claim(name, { storageClassName: 'gp3' }));
    }
    expect(await verdict(fixture, claiming('one', 'two'))).toBe(
      "0/2 nodes are available: 1 node(s) didn't find available persistent volumes to bind, 1 node(s) exceed max volume count",
    );
    fixture.store.mergePatch('CSINode', 'in-a', undefined, csiNode(2));
    await fixture.until(() => fixture.pod('p')?.spec.nodeName === 'in-a');
    expect(checkVolumes(fixture.store)).toEqual([]);
    fixture.store.mergePatch('CSINode', 'in-a', undefined, csiNode(1));
    expect(checkVolumes(fixture.store)).toEqual([`in-a has 2 volumes of ${EBS}, and can attach 1`]);
  });
});

test.each([
  ['Delete', []],
  ['Retain', ['Released']],
])('a volume outlives its claim if its class says %s: %j', async (reclaimPolicy, wantPhases) => {
  const fixture = await cluster({ volumeBindingMode: 'Immediate', reclaimPolicy });
  const phases = () => fixture.store.list('PersistentVolume').map(({ status }) => (status as { phase: string }).phase);
  fixture.store.create('PersistentVolumeClaim', claim('data', { storageClassName: 'gp3' }));
  await fixture.until(() => phases().join() === 'Bound');
  fixture.store.delete('PersistentVolumeClaim', 'data', 'default');
  await fixture.pass(1000);
  expect(phases()).toEqual(wantPhases);
});

test('the check tells of a pod whose volume is elsewhere, or not there at all', async () => {
  const fixture = await cluster({ volumeBindingMode: 'Immediate', ...onlyIn('us-east-1b') });
  fixture.store.create('PersistentVolumeClaim', claim('data', { storageClassName: 'gp3' }));
  await fixture.until(() => fixture.store.list('PersistentVolume').length === 1);
  fixture.store.create('Pod', podObject('p', { nodeName: 'in-a', ...claiming('data', 'missing') }));
  expect(checkVolumes(fixture.store)).toEqual([
    expect.stringMatching(/^p is on in-a, where pvc-\S+ cannot be attached$/),
    'p is on in-a without the volume of missing',
  ]);
});
