import { beforeAll } from '@jest/globals';
import { until } from '../until.ts';
import type { ApiSubject } from './api-subject.ts';
import { created, NAMESPACE, PODS } from './contract-objects.ts';
import { describeDeletions } from './deletions.ts';
import { describeLists } from './lists.ts';
import { describeObjects } from './objects.ts';
import { describePatches } from './patches.ts';
import { describeSubresources } from './subresources.ts';
import { describeWatches } from './watches.ts';

const READY_MS_MAX = 60_000;

/**
 * Registers what this project believes of the Kubernetes API, as tests of the server that `api` gives once they run. The CRDs must be there,
 * and the controllers of an API server: garbage collection, namespaces, budgets. The real one is the judge: what it does not do is
 * wrong here. `forgotten` resolves with a collection whose changes since version 1 the server no longer knows.
 */
export function describeKubeContract(api: () => ApiSubject, forgotten: () => Promise<string>): void {
  beforeAll(async () => {
    await created(api(), '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    // A pod needs a service account, which comes a moment after the namespace.
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    const ask = () => api().call('POST', `${PODS}?dryRun=All`, pod);
    await until('pods may be created', ask, ({ code }) => code === 201, READY_MS_MAX);
  }, READY_MS_MAX);

  describeObjects(api);
  describePatches(api);
  describeLists(api);
  describeWatches(api, forgotten);
  describeDeletions(api);
  describeSubresources(api);
}
