import type { KubeObject } from '../../src/api/meta.ts';
import { until } from '../until.ts';
import type { ControlPlane } from './control-plane.ts';
import { conditionOf } from './live-object.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ESTABLISHED_MS_MAX = 60_000;

/**
 * Resolves when every definition in the cluster is served. `kubectl wait` cannot tell: it fails at once on one that is so new that it has
 * no conditions at all, as happens on a busy machine.
 */
export async function untilEstablished({ request }: Pick<ControlPlane, 'request'>): Promise<void> {
  await until(
    'all definitions are established',
    async () => (await request('GET', DEFINITIONS)).body.items as readonly KubeObject[] | undefined,
    (all) => all?.every((definition) => conditionOf(definition, 'Established')?.status === 'True') === true,
    ESTABLISHED_MS_MAX,
  );
}
