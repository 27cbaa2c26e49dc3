import { LAUNCHES_PAUSED_SETTING, SETTINGS_CONFIG_MAP } from '../../controller/src/api/names.ts';
import { CONTROLLER } from '../plan/names.ts';
import type { ApiObject, ClusterApi } from './cluster-api.ts';

/** Says that a teardown has paused the launches: a pause that somebody else has ordered is not lifted by us. */
const PAUSED_BY_ANNOTATION = 'karpenter-gitops/launches-paused-by';
const TEARDOWN = 'teardown';

const SETTINGS = `/api/v1/namespaces/${CONTROLLER.namespace}/configmaps/${SETTINGS_CONFIG_MAP}`;

/** The controller buys nothing more. Nothing to do where it has no settings: without them it does not run. */
export async function pauseLaunches(api: ClusterApi): Promise<void> {
  await patchSettings(api, TEARDOWN, 'true');
}

/** A pause by an earlier teardown is lifted. */
export async function resumeLaunches(api: ClusterApi): Promise<void> {
  if (await isPausedByTeardown(api)) await patchSettings(api, null, null);
}

/** Whether a teardown has begun and not ended, so that nothing would be bought. */
export async function isPausedByTeardown(api: ClusterApi): Promise<boolean> {
  const settings = await api.get<ApiObject>(SETTINGS);
  return settings?.metadata.annotations?.[PAUSED_BY_ANNOTATION] === TEARDOWN;
}

async function patchSettings(api: ClusterApi, by: string | null, setting: string | null): Promise<void> {
  const body = {
    metadata: { annotations: { [PAUSED_BY_ANNOTATION]: by } },
    data: { [LAUNCHES_PAUSED_SETTING]: setting },
  };
  await api.call({ method: 'PATCH', path: SETTINGS, body, expected: [404] });
}
