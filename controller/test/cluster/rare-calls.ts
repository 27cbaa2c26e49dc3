import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseKubeConfig } from '../../src/kube/kube-config.ts';
import { createKubePort } from '../../src/kube/kube-port.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { KubePort, ObjectEvent } from '../../src/ports/kube.ts';
import { countingIds, handClock, quietTelemetry } from '../adapter-kit.ts';
import { until } from '../until.ts';
import type { ControlPlane } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createObject } from './live-object.ts';

const DEFAULT_NAMESPACE = '/api/v1/namespaces/default';
const WAIT_MS_MAX = 10_000;
/** Longer than the repeat of an event waits to be counted. */
const REPEAT_AFTER_MS = 31_000;

/**
 * Makes the calls that a controller comes to by chance, with its own adapter and as its service account: it evicts a pod whose name has
 * passed to another, and says again what it has said half a minute before.
 */
export async function rareCalls(controlPlane: ControlPlane): Promise<void> {
  const clock = handClock(Date.now());
  const port = await portOfController(controlPlane, clock);
  await evictPredecessor(controlPlane, port);
  await repeatEvent(controlPlane, port, () => clock.advance(REPEAT_AFTER_MS));
}

async function portOfController(controlPlane: ControlPlane, clock: Clock): Promise<KubePort> {
  const token = await controlPlane.kubectl('create', 'token', 'karpenter', '--namespace=karpenter');
  const folder = mkdtempSync(join(tmpdir(), 'rare-calls-'));
  try {
    const path = writeKubeconfig(join(folder, 'kubeconfig'), { ...controlPlane, token: token.trim() });
    return createKubePort({
      kubeConfig: parseKubeConfig(readFileSync(path, 'utf8')),
      namespace: 'karpenter',
      telemetry: quietTelemetry(),
      clock,
      ids: countingIds(),
      qps: 100,
      burst: 100,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function evictPredecessor(controlPlane: ControlPlane, port: KubePort): Promise<void> {
  const heir = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'heir' } };
  const spec = { containers: [{ name: 'main', image: 'pause' }] };
  await createObject(controlPlane, `${DEFAULT_NAMESPACE}/pods`, { ...heir, spec });
  await port.evict({ namespace: 'default', name: 'heir', uid: 'of-its-predecessor' });
  await controlPlane.request('DELETE', `${DEFAULT_NAMESPACE}/pods/heir?gracePeriodSeconds=0`);
}

async function repeatEvent({ request }: ControlPlane, port: KubePort, wait: () => void): Promise<void> {
  const object = { kind: 'Node', apiVersion: 'v1', name: 'nobody', uid: 'of-nobody' };
  const event: ObjectEvent = { object, type: 'Normal', reason: 'Repeated', message: 'as said before' };
  const counts = async () => {
    const { body } = await request('GET', `${DEFAULT_NAMESPACE}/events?fieldSelector=reason%3D${event.reason}`);
    return (body.items as readonly { count: number }[]).map(({ count }) => count);
  };
  port.emit(event);
  await until('the event is written', counts, ([count]) => count === 1, WAIT_MS_MAX);
  wait();
  port.emit(event);
  await until('its repeat is counted', counts, ([count]) => count === 2, WAIT_MS_MAX);
}
