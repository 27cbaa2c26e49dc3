import { setTimeout as delay } from 'node:timers/promises';
import { ZONE_LABEL } from '../../src/api/names.ts';
import type { ControlPlane } from './control-plane.ts';

const LOOK_EVERY_MS = 200;
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const CLAIMS = '/api/v1/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';

interface Claim {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
  };
}

/**
 * Plays the CSI driver that no test machine has: makes a volume in the zone of the node that kube-scheduler has chosen for a claim, and
 * removes those whose claim is gone. All the rest, binding included, is for the real controllers. Ends when `stop` resolves.
 */
export function startVolumeDriver(request: ControlPlane['request'], driver: string): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const { body: claims } = await request('GET', CLAIMS);
      for (const claim of claims.items as readonly Claim[]) await serve(request, driver, claim);
      const { body: volumes } = await request('GET', VOLUMES);
      for (const { metadata, status } of volumes.items as readonly {
        metadata: { name: string };
        status: { phase?: string };
      }[]) {
        if (status.phase === 'Released') await request('DELETE', `${VOLUMES}/${metadata.name}`);
      }
      await delay(LOOK_EVERY_MS);
    }
  };
  const done = run();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function serve(request: ControlPlane['request'], driver: string, claim: Claim): Promise<void> {
  const { metadata, spec } = claim;
  const nodeName = metadata.annotations?.[SELECTED_NODE];
  if (nodeName === undefined || spec.volumeName !== undefined) return;
  const { status, body: node } = await request('GET', `/api/v1/nodes/${nodeName}`);
  if (status !== 200) return;
  const { labels = {} } = node.metadata as { readonly labels?: Readonly<Record<string, string>> };
  const { namespace, name, uid } = metadata;
  // Said twice before the claim shows its volume, the second is refused for its name.
  await request('POST', VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}` },
    spec: {
      capacity: spec.resources.requests,
      accessModes: spec.accessModes,
      storageClassName: spec.storageClassName,
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      csi: { driver, volumeHandle: `vol-${uid}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: [labels[ZONE_LABEL]] }] },
          ],
        },
      },
    },
  });
}
