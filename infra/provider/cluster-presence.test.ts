import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CloudModel, createCloudModel } from '../../controller/sandbox/aws/cloud-model.ts';
import { type AwsServer, startAwsServer } from '../../controller/sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../controller/sandbox/faults.ts';
import { createWallTimers } from '../../controller/sandbox/wall-timers.ts';
import { kubeconfigOf } from '../../controller/test/api-front.ts';
import { execKubeconfig } from '../plan/kubeconfig.ts';
import { ClusterUnreachable } from './cluster-api.ts';
import { identityIn, unlessGone } from './cluster-presence.ts';

const ENDPOINT = 'https://demo.eks.example';
const DEMO = { clusterName: 'demo', region: 'us-east-1' };

describe('a cluster that does not answer', () => {
  const timers = createWallTimers();
  const before = { ...process.env };
  let model: CloudModel;
  let aws: AwsServer;

  beforeAll(async () => {
    model = createCloudModel({ timers, faults: noFaults(), seed: 1, clusterName: 'demo', clusterEndpoint: ENDPOINT });
    aws = await startAwsServer({ model });
    Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  });

  afterAll(async () => {
    process.env = before;
    await aws.close();
    timers.close();
  });

  const silence = () => Promise.reject(new ClusterUnreachable('the API server does not answer'));
  const ask = (server: string, identity: typeof DEMO | undefined, work: () => Promise<string> = silence) =>
    unlessGone(kubeconfigOf(server), identity, work);

  test('is gone when EKS knows none of its name', async () => {
    expect(await ask(ENDPOINT, { ...DEMO, clusterName: 'old' })).toBe('gone');
  });

  test('is gone when the one of its name lives elsewhere: that one came later', async () => {
    expect(await ask('https://earlier.eks.example', DEMO)).toBe('gone');
  });

  test('is an error while EKS has it', async () => {
    await expect(ask(ENDPOINT, DEMO)).rejects.toThrow(/does not answer; EKS says that cluster demo exists/);
  });

  test('is an error when EKS cannot be asked, or does not answer either', async () => {
    await expect(ask(ENDPOINT, undefined)).rejects.toThrow(/EKS cannot be asked/);
    model.faults.throttle = { DescribeCluster: -1 };
    await expect(ask(ENDPOINT, DEMO)).rejects.toThrow(/nor does EKS say whether it exists/);
  });

  test('is not asked for while it answers', async () => {
    expect(await ask(ENDPOINT, undefined, async () => 'answer')).toBe('answer');
    await expect(ask(ENDPOINT, undefined, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});

test('the kubeconfig that we write says which cluster of EKS it is', () => {
  const kubeconfig = execKubeconfig({ ...DEMO, endpoint: ENDPOINT, certificateAuthorityBase64: 'Y2E=' });
  expect(identityIn(kubeconfig)).toEqual(DEMO);
  expect(identityIn(kubeconfigOf(ENDPOINT))).toBeUndefined();
});
