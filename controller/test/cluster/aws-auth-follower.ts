import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';

const AWS_AUTH = '/api/v1/namespaces/kube-system/configmaps/aws-auth';
/** Short against the second and more that an instance needs to run. */
const LOOK_EVERY_MS = 200;

/** What the cluster's own map of AWS roles says. */
export interface AwsAuthFollower {
  /** The text of `mapRoles`, at most a fraction of a second old; undefined when there is none. */
  mapRoles(): string | undefined;
  /** Resolves when it no longer asks. */
  stop(): Promise<void>;
}

/** Keeps an eye on ConfigMap kube-system/aws-auth; resolves when it has seen it, or that there is none. */
export async function followAwsAuth(request: ControlPlane['request']): Promise<AwsAuthFollower> {
  const stopping = new AbortController();
  let mapRoles: string | undefined;
  const look = async () => {
    const { status, body } = await request('GET', AWS_AUTH);
    if (status === 200) mapRoles = (body.data as { mapRoles?: string } | undefined)?.mapRoles;
    if (status === 404) mapRoles = undefined;
  };
  await look();
  const following = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      // What cannot be read now is as it was.
      if (!stopping.signal.aborted) await look().catch(() => undefined);
    }
  })();
  return {
    mapRoles: () => mapRoles,
    stop: () => {
      stopping.abort();
      return following;
    },
  };
}
