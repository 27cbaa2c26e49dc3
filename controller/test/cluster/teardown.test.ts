import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Operation } from '../../../infra/provider/resource-kind.ts';
import { teardown } from '../../../infra/provider/teardown.ts';
import { createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { type AwsServer, startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { createWallTimers } from '../../sandbox/wall-timers.ts';
import { type ApiFront, startApiFront } from '../api-front.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { untilEstablished } from './established.ts';

const START_MS_MAX = 120_000;
const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const FINALIZER = 'karpenter.sh/termination';
const PART_OF = 'app.kubernetes.io/part-of=karpenter-gitops';
const KINDS = 'deployments,pdb,services,sa,roles,rolebindings,clusterroles,clusterrolebindings,crds';

describe('a teardown on a real kube-apiserver, where nobody drains', () => {
  const timers = createWallTimers();
  const environment = { ...process.env };
  const warnings: string[] = [];
  const operation: Operation = {
    signal: new AbortController().signal,
    progress: () => {},
    warn: (message) => void warnings.push(message),
  };
  let controlPlane: ControlPlane;
  let front: ApiFront;
  let aws: AwsServer;

  beforeAll(async () => {
    // Namespaces are removed by the controller manager.
    controlPlane = await startControlPlane({ controllerManager: true });
    front = await startApiFront(controlPlane, () => Promise.resolve());
    aws = await startAwsServer({
      model: createCloudModel({ timers, faults: noFaults(), seed: 1, clusterName: 'demo', clusterEndpoint: front.url }),
    });
    Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const { kubectl, request } = controlPlane;
    await kubectl('apply', '--server-side', '-f', join(MANIFESTS, 'crds'));
    await untilEstablished(controlPlane);
    await kubectl('create', 'namespace', 'karpenter');
    await kubectl('create', 'configmap', 'karpenter-global-settings', '-n', 'karpenter', '--from-literal=a=b');
    await kubectl('create', 'serviceaccount', 'theirs', '-n', 'default');
    await kubectl('create', 'clusterrole', 'theirs', '--verb=get', '--resource=pods');
    await kubectl('apply', '-k', join(MANIFESTS, 'overlays', 'dev'));
    const finalizers = { metadata: { finalizers: [FINALIZER] } };
    await request('PATCH', '/apis/karpenter.sh/v1alpha5/provisioners/default', finalizers);
    const labels = { 'karpenter.sh/provisioner-name': 'default' };
    await request('POST', '/api/v1/nodes', { metadata: { name: 'ours', labels, finalizers: [FINALIZER] } });
    await request('POST', '/api/v1/nodes', { metadata: { name: 'theirs' } });
  }, START_MS_MAX);

  afterAll(async () => {
    process.env = { ...environment };
    await Promise.all([aws?.close(), front?.close(), controlPlane?.stop()]);
    timers.close();
  });

  test('leaves nothing that the manifests have brought, and all of others', async () => {
    const { kubectl } = controlPlane;
    const ours = async () => (await kubectl('get', KINDS, '-A', '-l', PART_OF, '-o', 'name')).trim();
    expect((await ours()).split('\n').length).toBeGreaterThan(8);
    const inputs = {
      kubeconfig: front.kubeconfig,
      clusterName: 'demo',
      region: 'us-east-1',
      gitops: { engine: 'none', namespace: '' },
      drainLimitSeconds: 1,
    };
    const { state } = await teardown.create(inputs, operation);
    await teardown.delete({ ...inputs, ...state }, operation);
    expect(await ours()).toBe('');
    expect(warnings).toEqual([expect.stringContaining('Provisioner default, Node ours')]);
    expect(await kubectl('get', 'nodes', '-o', 'name')).toBe('node/theirs\n');
    const others = await kubectl('get', 'clusterrole/theirs', 'namespace/default', '-o', 'name');
    expect(others).toBe('clusterrole.rbac.authorization.k8s.io/theirs\nnamespace/default\n');
    expect(await kubectl('get', 'sa', 'theirs', '-n', 'default', '-o', 'name')).toBe('serviceaccount/theirs\n');
    expect(await kubectl('get', 'namespace', 'karpenter', '--ignore-not-found', '-o', 'name')).toBe('');
  }, 60_000);
});
