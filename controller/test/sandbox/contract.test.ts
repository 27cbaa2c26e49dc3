import { afterAll, beforeAll, describe } from '@jest/globals';
import { noFaults } from '../../sandbox/faults.ts';
import { createObjectStore } from '../../sandbox/kube/create-object-store.ts';
import { readDefinitions } from '../../sandbox/kube/custom-kinds.ts';
import type { MemoryObjectStore } from '../../sandbox/kube/memory-object-store.ts';
import { startWireServer, type WireServer } from '../../sandbox/kube/wire/wire-server.ts';
import { createWallTimers } from '../../sandbox/wall-timers.ts';
import { type ApiSubject, apiSubject } from '../kube-contract/api-subject.ts';
import { CONFIG_MAPS } from '../kube-contract/contract-objects.ts';
import { describeKubeContract } from '../kube-contract/kube-contract.ts';

/** Changes of one kind that the stand-in remembers, and one more. */
const CHANGES_FORGOTTEN = 10_001;

describe("the sandbox's API server", () => {
  const timers = createWallTimers();
  let store: MemoryObjectStore;
  let server: WireServer;
  let api: ApiSubject;

  beforeAll(async () => {
    store = createObjectStore({ timers, crds: readDefinitions('manifests/crds') });
    server = await startWireServer({
      store,
      timers,
      faults: noFaults(),
      host: '127.0.0.1',
      logSource: () => undefined,
    });
    api = apiSubject({ url: server.url });
  });

  afterAll(async () => {
    await server?.close();
    timers.close();
  });

  describeKubeContract(
    () => api,
    async () => {
      store.create('ConfigMap', { metadata: { name: 'restless' } });
      for (let n = 0; n < CHANGES_FORGOTTEN; n++) {
        store.mergePatch('ConfigMap', 'restless', 'default', { data: { n: String(n) } });
      }
      return CONFIG_MAPS;
    },
  );
});
