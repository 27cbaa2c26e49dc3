import { describe, expect, test } from '@jest/globals';
import { files, node, plan, pod, problem, solved } from './plan-fixture.ts';

const EBS = 'ebs.csi.aws.com';
const ZONE = 'topology.kubernetes.io/zone';

const claiming = (...names: string[]) => ({
  volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});
const claim = (name: string, spec: object) => ({ metadata: { name }, spec });
const volume = (name: string, zone: string) => ({
  metadata: { name },
  spec: {
    csi: { driver: EBS },
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }] },
    },
  },
});
const storageClass = (name: string, zone: string) => ({
  metadata: { name },
  provisioner: EBS,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: [zone] }] }],
});

describe('a problem that tells of volumes', () => {
  test('has its nodes where bound volumes are, and where classes make new ones', () => {
    const result = solved(
      problem({
        pods: [pod('bound', claiming('old'))],
        podSets: [
          {
            count: 2,
            template: pod('fresh', {
              volumes: [{ name: 'work', ephemeral: { volumeClaimTemplate: { spec: { storageClassName: 'only-a' } } } }],
            }),
          },
        ],
        persistentVolumeClaims: [claim('old', { volumeName: 'pv-1' })],
        persistentVolumes: [volume('pv-1', 'b')],
        storageClasses: [storageClass('only-a', 'a')],
      }),
      '--detail',
      'full',
    );
    const placed = result.newNodeClaims.flatMap(({ zones, pods }: { zones: string[]; pods: string[] }) => {
      return pods.map((name) => `${name} in ${zones.join(' or ')}`);
    });
    expect(placed.sort()).toEqual(['default/bound in b', 'default/fresh-0 in a', 'default/fresh-1 in a']);
  });

  test('fills no node beyond what its drivers attach', () => {
    const names = ['x', 'y', 'z'];
    const result = solved(
      problem({
        nodes: [node('n')],
        pods: [
          pod('there', { nodeName: 'n', ...claiming('there') }),
          ...names.map((name) => pod(name, claiming(name))),
        ],
        persistentVolumeClaims: ['there', ...names].map((name) => claim(name, { volumeName: `pv-${name}` })),
        persistentVolumes: ['there', ...names].map((name) => volume(`pv-${name}`, 'a')),
        csiNodes: [{ metadata: { name: 'n' }, spec: { drivers: [{ name: EBS, allocatable: { count: 2 } }] } }],
      }),
    );
    expect(result).toMatchObject({ podsOnExistingNodes: 1, podsOnNewNodes: 2 });
  });

  test('without a list of claims leaves only the pods that have some without a place, with the reason', () => {
    const result = solved(problem({ pods: [pod('x', claiming('data')), pod('y')] }), '--detail', 'full');
    expect(result.podsOnNewNodes).toBe(1);
    expect(result.unplacedPods).toEqual([
      { pod: 'default/x', code: 'volume-not-found', message: 'its claim default/data does not exist', misses: [] },
    ]);
  });

  test('with a list of claims is refused where something names what its list lacks', () => {
    const ephemeral = { volumeClaimTemplate: { spec: { storageClassName: 'gp2' } } };
    const path = files({
      'p.json': problem({
        pods: [pod('x', claiming('data', 'missing')), pod('y', { volumes: [{ name: 'work', ephemeral }] })],
        podSets: [{ count: 2, template: pod('z', claiming('gone')) }],
        persistentVolumeClaims: [
          claim('data', { volumeName: 'pv-1', storageClassName: 'left' }),
          claim('logs', { storageClassName: 'gp4' }),
        ],
        persistentVolumes: [],
        storageClasses: [],
        csiNodes: [{ metadata: { name: 'n' } }],
      }),
    })('p.json');
    const run = plan('-f', path, '-o', 'json');
    expect({ code: run.code, out: run.out }).toEqual({ code: 2, out: '' });
    expect(run.err.trimEnd().replaceAll(`${path}: `, '').split('\n').sort()).toEqual([
      'csiNodes[0].metadata.name: there is no node n',
      'persistentVolumeClaims[0].spec.volumeName: there is no PersistentVolume pv-1',
      'persistentVolumeClaims[1].spec.storageClassName: there is no StorageClass gp4',
      'podSets[0].template.spec.volumes[0].persistentVolumeClaim.claimName: there is no PersistentVolumeClaim default/gone',
      'pods[0].spec.volumes[1].persistentVolumeClaim.claimName: there is no PersistentVolumeClaim default/missing',
      'pods[1].spec.volumes[0].ephemeral.volumeClaimTemplate.spec.storageClassName: there is no StorageClass gp2',
    ]);
  });

  test('is refused with every mistake in it', () => {
    const path = files({
      'p.json': problem({
        persistentVolumeClaims: [claim('data', {}), claim('data', {}), claim('big', { accessModes: 'all' })],
        persistentVolumes: [{ metadata: {} }, { metadata: { name: 'x' }, spec: { capacity: { storage: 'much' } } }],
        storageClasses: [{ metadata: { name: 'gp3' } }],
      }),
    })('p.json');
    const run = plan('-f', path, '-o', 'json');
    expect({ code: run.code, out: run.out }).toEqual({ code: 2, out: '' });
    expect(run.err.trimEnd().replaceAll(`${path}: `, '').split('\n')).toEqual([
      'persistentVolumeClaims[1].metadata.name: another PersistentVolumeClaim is named default/data already',
      'persistentVolumeClaims[2].spec.accessModes: must be a list, is "all"',
      'persistentVolumes[0].metadata.name: must be a text, is absent',
      'persistentVolumes[1].spec.capacity.storage: must be a quantity, is "much"',
      'storageClasses[0].provisioner: must be a text, is absent',
    ]);
  });
});
