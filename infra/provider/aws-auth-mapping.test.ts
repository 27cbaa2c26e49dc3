import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CloudModel, createCloudModel } from '../../controller/sandbox/aws/cloud-model.ts';
import { type AwsServer, startAwsServer } from '../../controller/sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../controller/sandbox/faults.ts';
import { createObjectStore } from '../../controller/sandbox/kube/create-object-store.ts';
import type { MemoryObjectStore } from '../../controller/sandbox/kube/memory-object-store.ts';
import { startWireServer, type WireServer } from '../../controller/sandbox/kube/wire/wire-server.ts';
import { createWallTimers, type WallTimers } from '../../controller/sandbox/wall-timers.ts';
import { kubeconfigOf } from '../../controller/test/api-front.ts';
import { execKubeconfig } from '../plan/kubeconfig.ts';
import { awsAuthMapping } from './aws-auth-mapping.ts';
import type { Operation } from './resource-kind.ts';

// What the ConfigMap becomes among others who write is told in plan/aws-auth-change.test.ts, and on a real kube-apiserver.

const ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const FOREIGN = '- rolearn: arn:aws:iam::123456789012:role/Admin\n  username: admin\n';

describe('the mapping in aws-auth', () => {
  const environment = { ...process.env };
  /** With an `aws` in it that gives a token for any cluster, as the real one does for clusters that are gone. */
  const tools = mkdtempSync(join(tmpdir(), 'aws-auth-mapping-'));
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    kind: 'ExecCredential',
    status: { token: 'a' },
  };
  writeFileSync(join(tools, 'aws'), `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
  const operation: Operation = { signal: new AbortController().signal, progress: () => {}, warn: () => {} };
  let timers: WallTimers;
  let store: MemoryObjectStore;
  let model: CloudModel;
  let kube: WireServer;
  let aws: AwsServer;

  beforeEach(async () => {
    timers = createWallTimers();
    const faults = noFaults();
    store = createObjectStore({ timers, crds: [], seed: 1 });
    kube = await startWireServer({ store, timers, faults, host: '127.0.0.1', logSource: () => undefined });
    model = createCloudModel({ timers, faults, seed: 1, clusterName: 'demo', clusterEndpoint: kube.url });
    aws = await startAwsServer({ model });
    Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  });

  afterEach(async () => {
    process.env = { ...environment };
    await Promise.all([kube.close(), aws.close()]);
    timers.close();
  });

  afterAll(() => rmSync(tools, { recursive: true }));

  const mapRoles = () => (store.get('ConfigMap', 'aws-auth', 'kube-system') as { data?: object } | undefined)?.data;

  test('is made, found and removed', async () => {
    const metadata = { name: 'aws-auth', namespace: 'kube-system' };
    store.create('ConfigMap', { metadata, data: { mapRoles: FOREIGN } });
    const inputs = { kubeconfig: kubeconfigOf(kube.url), roleArn: ROLE };
    const { id, state } = await awsAuthMapping.create(inputs, operation);
    expect(id).toBe(ROLE);
    expect(await awsAuthMapping.read({ ...inputs, ...state }, operation)).toEqual(state);
    await awsAuthMapping.delete({ ...inputs, ...state }, operation);
    expect(mapRoles()).toEqual({ mapRoles: FOREIGN });
  });

  test('is gone with its cluster, and not while the cluster is only silent', async () => {
    const cluster = { clusterName: 'demo', region: 'us-east-1', certificateAuthorityBase64: 'Y2E=' };
    const kubeconfig = execKubeconfig({ ...cluster, endpoint: kube.url }).replace(
      '"aws"',
      JSON.stringify(join(tools, 'aws')),
    );
    const state = { kubeconfig, roleArn: ROLE, made: 'entry', configMapUid: 'uid' };
    await kube.close();
    await expect(awsAuthMapping.delete(state, operation)).rejects.toThrow(/EKS says that cluster demo exists/);
    model.state.cluster = { ...model.state.cluster, name: 'other' };
    await awsAuthMapping.delete(state, operation);
  }, 60_000);

  test.each([
    ['another role', { roleArn: `${ROLE}-2` }, { changes: true, replaces: [] }],
    ['a role that is not known yet', { roleArn: UNKNOWN }, { changes: true, replaces: [] }],
    [
      'another cluster',
      { kubeconfig: kubeconfigOf('https://other.example') },
      { changes: true, replaces: ['kubeconfig'] },
    ],
    ['nothing', {}, { changes: false, replaces: [] }],
  ])('changes with %s', async (_what, change, want) => {
    const inputs = { kubeconfig: kubeconfigOf(kube.url), roleArn: ROLE };
    expect(await awsAuthMapping.diff({ ...inputs, made: 'entry' }, { ...inputs, ...change }, operation)).toEqual(want);
  });

  test('refuses what is no kubeconfig and no role, each by its path', () => {
    expect(awsAuthMapping.check({ kubeconfig: '{}', roleArn: 'KarpenterNodeRole-demo' })).toEqual([
      { property: 'kubeconfig', reason: expect.stringMatching(/names no cluster/) },
      { property: 'roleArn', reason: 'must be the ARN of an IAM role, not "KarpenterNodeRole-demo"' },
    ]);
    expect(awsAuthMapping.check({ kubeconfig: UNKNOWN, roleArn: UNKNOWN })).toEqual([]);
  });
});
