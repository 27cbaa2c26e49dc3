import { describe, expect, test } from '@jest/globals';
import type { BootingInstance } from '../aws/instance-events.ts';
import { STOP_SECONDS_ANNOTATION } from './pod-runner.ts';
import { bootingInstance, createWorldFixture, podObject, type WorldFixture } from './world-fixture.ts';

const isReady = ({ node }: WorldFixture, name: string): boolean =>
  node(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** A world in which instance i-1 has become node-i-1 and runs pod `p`. */
async function runningPod(spec = {}, annotations = {}): Promise<WorldFixture> {
  const fixture = createWorldFixture();
  fixture.run(bootingInstance('i-1'));
  const pod = podObject('p', spec);
  fixture.store.create('Pod', { ...pod, metadata: { ...pod.metadata, annotations } });
  await fixture.until(() => fixture.pod('p')?.status?.phase === 'Running');
  return fixture;
}

describe('an instance', () => {
  test('boots in five to six seconds into a node with the labels and taints of its user data, Ready soon after', async () => {
    const fixture = createWorldFixture();
    const startMs = fixture.timers.nowMs();
    const taints = [{ key: 'team', value: 'a', effect: 'NoSchedule' as const }];
    fixture.run(bootingInstance('i-1', { boot: { clusterName: 'demo', labels: { team: 'a' }, taints } }));
    await fixture.pass(4900);
    expect(fixture.node('node-i-1')).toBeUndefined();
    await fixture.until(() => fixture.node('node-i-1') !== undefined);
    expect(fixture.timers.nowMs() - startMs).toBeLessThanOrEqual(6000);
    expect(fixture.node('node-i-1')).toMatchObject({
      metadata: {
        labels: {
          team: 'a',
          'kubernetes.io/hostname': 'node-i-1',
          'kubernetes.io/arch': 'amd64',
          'node.kubernetes.io/instance-type': 'c5.4xlarge',
          'topology.kubernetes.io/zone': 'us-east-1a',
        },
      },
      spec: {
        providerID: 'aws:///us-east-1a/i-1',
        taints: [...taints, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
      },
      status: { capacity: { cpu: '16', pods: '110' } },
    });
    await fixture.until(() => isReady(fixture, 'node-i-1'));
    await fixture.pass(500);
    expect(fixture.node('node-i-1')?.spec?.taints).toEqual(taints);
    expect(fixture.timers.nowMs() - startMs).toBeLessThanOrEqual(9000);
  });

  test.each<[string, Partial<BootingInstance>]>([
    ['whose role may not join', { mayJoin: false }],
    ['whose user data says nothing', { boot: undefined }],
  ])('%s never becomes a node', async (_, rest) => {
    const fixture = createWorldFixture();
    fixture.run(bootingInstance('i-1', rest));
    await fixture.pass(60_000);
    expect(fixture.store.list('Node')).toEqual([]);
  });

  test('that boots while the fault is on never becomes a node, one after it does', async () => {
    const fixture = createWorldFixture();
    fixture.faults.nodesNeverJoin = true;
    fixture.run(bootingInstance('i-1'));
    fixture.faults.nodesNeverJoin = false;
    fixture.run(bootingInstance('i-2'));
    await fixture.pass(60_000);
    expect(fixture.store.list('Node').map(({ metadata }) => metadata.name)).toEqual(['node-i-2']);
  });

  test('that ends while it boots never becomes a node', async () => {
    const fixture = createWorldFixture();
    fixture.run(bootingInstance('i-1'));
    await fixture.pass(2000);
    fixture.terminate('i-1');
    await fixture.pass(60_000);
    expect(fixture.store.list('Node')).toEqual([]);
  });

  test('that ends leaves a node that is found silent, tainted and deleted, and its pods go after it', async () => {
    const fixture = await runningPod();
    fixture.terminate('i-1');
    await fixture.pass(30_000);
    expect(isReady(fixture, 'node-i-1')).toBe(true);
    const taints: string[] = [];
    fixture.store.watch('Node', ({ object }) => {
      const { spec } = object as { spec?: { taints?: readonly { key: string }[] } };
      taints.push(...(spec?.taints ?? []).map(({ key }) => key));
    });
    await fixture.until(() => fixture.node('node-i-1') === undefined);
    expect(taints).toContain('node.kubernetes.io/unreachable');
    expect(fixture.pod('p')).toBeDefined();
    await fixture.until(() => fixture.pod('p') === undefined);
  });
});

describe('a kubelet', () => {
  test('starts a bound pod within two seconds, with an address and a Ready condition', async () => {
    const fixture = await runningPod();
    fixture.store.create('Pod', podObject('q'));
    await fixture.pass(300);
    const waiting = { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] };
    expect(fixture.pod('q')?.status).toMatchObject({ phase: 'Pending', ...waiting });
    await fixture.pass(2000);
    expect(fixture.pod('q')?.status).toMatchObject({
      phase: 'Running',
      hostIP: '10.0.1.1',
      podIP: expect.stringMatching(/^10\.128\./),
    });
    const ready = fixture.pod('q')?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'True' });
  });

  test('lets a deleted pod go within a second, or as late as it needs, never beyond its grace', async () => {
    for (const [stopSeconds, grace, wantMs] of [
      ['0', 30, 1000],
      ['20', 30, 20_000],
      ['3600', 30, 30_000],
    ] as const) {
      const fixture = await runningPod(
        { terminationGracePeriodSeconds: grace },
        { [STOP_SECONDS_ANNOTATION]: stopSeconds },
      );
      const startMs = fixture.timers.nowMs();
      fixture.store.delete('Pod', 'p', 'default');
      expect(fixture.pod('p')).toBeDefined();
      await fixture.until(() => fixture.pod('p') === undefined);
      expect(fixture.timers.nowMs() - startMs).toBeLessThanOrEqual(wantMs + 100);
      expect(fixture.timers.nowMs() - startMs).toBeGreaterThan(wantMs === 1000 ? 0 : wantMs - 100);
    }
  });

  test('stops when its Node is deleted, and does not bring it back', async () => {
    const fixture = await runningPod();
    fixture.store.delete('Node', 'node-i-1');
    await fixture.pass(120_000);
    expect(fixture.store.list('Node')).toEqual([]);
    expect(fixture.pod('p')).toBeUndefined();
  });

  test('keeps its node Ready by heartbeats for as long as it lives', async () => {
    const fixture = await runningPod();
    await fixture.pass(3_600_000);
    expect(isReady(fixture, 'node-i-1')).toBe(true);
    expect(fixture.pod('p')?.status?.phase).toBe('Running');
  });
});

describe('a NoExecute taint', () => {
  const taint = { key: 'drain', value: 'now', effect: 'NoExecute' };

  test('drives a pod out at once, one that tolerates it for a while after that, one that tolerates it never', async () => {
    const fixture = await runningPod();
    const tolerating = (tolerationSeconds?: number) => ({
      tolerations: [
        {
          key: 'drain',
          operator: 'Exists',
          effect: 'NoExecute',
          ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
        },
      ],
    });
    fixture.store.create('Pod', podObject('a-while', tolerating(60)));
    fixture.store.create('Pod', podObject('for-good', tolerating()));
    await fixture.pass(5000);
    fixture.store.mergePatch('Node', 'node-i-1', undefined, { spec: { taints: [taint] } });
    await fixture.pass(5000);
    expect(fixture.pods().map(({ metadata }) => metadata.name)).toEqual(['a-while', 'for-good']);
    await fixture.pass(60_000);
    expect(fixture.pods().map(({ metadata }) => metadata.name)).toEqual(['for-good']);
  });
});
