import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeApiServer } from '../../test/fake-api-server.ts';
import { systemClock } from '../system-clock.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { parseKubeConfig } from './kube-config.ts';

let server: FakeApiServer;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  server.put('/api/v1/namespaces', { metadata: { name: 'kube-system', uid: 'cluster-uid' } });
  server.script.push({ method: 'GET', path: /^\/version$/, status: 200, body: { major: '1', minor: '31+' } });
});

afterEach(() => server.stop());

const facts = () => readClusterFacts({ kubeConfig: server.kubeConfig(), clock: systemClock });

test('tell version, identity and the address of the name server', async () => {
  server.put('/api/v1/services', {
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: { clusterIP: '10.100.0.10' },
  });
  expect(await facts()).toEqual({
    version: '1.31',
    clusterUid: 'cluster-uid',
    dnsAddress: '10.100.0.10',
    certificateAuthority: undefined,
  });
});

test('lack the address where there is no kube-dns, or where we may not see it', async () => {
  expect(await facts()).toMatchObject({ dnsAddress: undefined });
  server.script.push({ method: 'GET', path: /^\/version$/, status: 200, body: { major: '1', minor: '31' } });
  server.script.push({ method: 'GET', path: /kube-dns$/, status: 403, body: 'no' });
  expect(await facts()).toMatchObject({ dnsAddress: undefined });
});

test('are not guessed when the server does not answer', async () => {
  server.script.unshift({ method: 'GET', path: /kube-system$/, status: 503, body: 'no' });
  await expect(facts()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a kubeconfig whose context leads nowhere is refused with the context’s name', () => {
  const text = JSON.stringify({
    clusters: [],
    users: [],
    contexts: [{ name: 'prod', context: { cluster: 'gone', user: 'me' } }],
    'current-context': 'prod',
  });
  expect(() => parseKubeConfig(text)).toThrow('"prod"');
});
