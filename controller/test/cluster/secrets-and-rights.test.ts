// One story, in which the controller comes to all of its work. What it asked for meanwhile is held against what it may ask for, and what
// it said against what it must keep to itself.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inflate } from '../../sandbox/story/page-objects.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { describeGrant } from '../grants.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { portsOfProcessAt } from './listeners.ts';
import { conditionOf, createObject, patchObject } from './live-object.ts';
import { rareCalls } from './rare-calls.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';
import { grantsOfController, isUseOf } from './rights.ts';
import { findSecrets } from './secret-scan.ts';
import { awsAuth, launchedLongAgo, provisionerOf, strayPod, taintedProvisioner, template } from './secrets-objects.ts';

const START_MS_MAX = 180_000;
const STEP_MS_MAX = 120_000;
const WAIT_MS_MAX = 100_000;
const LOG_MS_MAX = 10_000;
/** Less than this is no log of a controller at work. */
const TEXT_CHARS_MIN = 1000;
const USER = 'system:serviceaccount:karpenter:karpenter';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const PODS = '/api/v1/namespaces/default/pods';
const KARPENTER = '/apis/karpenter.sh/v1alpha5';
const TEMPLATES = '/apis/karpenter.k8s.aws/v1alpha1/awsnodetemplates';

/** What nobody may find in anything that the controller says. */
const SECRETS = {
  'user data': 'marker-of-user-data',
  'broken user data': 'marker-of-broken-user-data',
  'the AWS secret key': 'marker/of+the/secret+key',
  'the AWS session token': 'marker/of+the/session+token',
};

describe('a controller that comes to all of its work on a real control plane', () => {
  let cluster: RealCluster;
  /** Objects that the controller writes to, as they were on the way, by their kind. */
  const seen = { machines: '', nodes: '', provisioners: '', templates: '' };

  const request: RealCluster['controlPlane']['request'] = (...args) => cluster.controlPlane.request(...args);
  const list = async (path: string) => (await request('GET', path)).body.items as readonly KubeObject[];
  const machines = (provisionerName: string) =>
    list(`${KARPENTER}/machines?labelSelector=karpenter.sh/provisioner-name%3D${provisionerName}`);
  const scaleInflate = (replicas: number) =>
    patchObject({ request }, `${DEPLOYMENTS}/inflate/scale`, { spec: { replicas } });
  const look = async () => {
    seen.machines += JSON.stringify(await list(`${KARPENTER}/machines`));
    seen.nodes += JSON.stringify(await list('/api/v1/nodes'));
    seen.provisioners += JSON.stringify(await list(`${KARPENTER}/provisioners`));
    // Their specs hold user data, and so does what kubectl would keep of them.
    seen.templates += JSON.stringify((await list(TEMPLATES)).map(({ status }) => status));
  };

  beforeAll(async () => {
    cluster = await startRealCluster({
      authenticationMode: 'CONFIG_MAP',
      controllerEnv: {
        LOG_LEVEL: 'debug',
        AWS_SECRET_ACCESS_KEY: SECRETS['the AWS secret key'],
        AWS_SESSION_TOKEN: SECRETS['the AWS session token'],
      },
    });
    await installByHand(cluster, 'dev');
    await cluster.controlPlane.kubectl('delete', 'provisioner', 'default');
    const api = { request };
    const userData = {
      plain: `#!/bin/sh\necho ${SECRETS['user data']}`,
      broken: `a = ${SECRETS['broken user data']} {`,
    };
    await createObject(api, TEMPLATES, template('plain', { userData: userData.plain }));
    await createObject(api, TEMPLATES, template('broken', { amiFamily: 'Bottlerocket', userData: userData.broken }));
    await createObject(api, `${KARPENTER}/provisioners`, provisionerOf('plain'));
    await createObject(api, `${KARPENTER}/provisioners`, taintedProvisioner('broken'));
    await createObject(api, DEPLOYMENTS, inflate());
    // So that there is an error of AWS to tell of, about a request with user data in it.
    cluster.model.faults.throttle = { CreateLaunchTemplate: 1, CreateFleet: 1 };
    await cluster.startController();
  }, START_MS_MAX);

  afterAll(() => cluster?.close());

  test(
    'finds out why a node is late: the cluster does not know its role',
    async () => {
      await scaleInflate(1);
      const isLaunched = ([machine]: readonly KubeObject[]) =>
        conditionOf(machine, 'MachineLaunched')?.status === 'True';
      await until('the Machine is launched', () => machines('plain'), isLaunched, WAIT_MS_MAX);
      const backdated = async () => {
        const [machine] = await machines('plain');
        if (machine !== undefined) await launchedLongAgo({ request }, machine);
        return machines('plain');
      };
      const isExplained = ([machine]: readonly KubeObject[]) =>
        conditionOf(machine, 'MachineRegistered')?.reason === 'NodeAccessMissing';
      await until('the absence of its node is explained', backdated, isExplained, WAIT_MS_MAX);
      await look();
    },
    STEP_MS_MAX,
  );

  test(
    'replaces a Machine that is deleted, by one whose node may join',
    async () => {
      await createObject({ request }, '/api/v1/namespaces/kube-system/configmaps', awsAuth(cluster));
      await cluster.controlPlane.kubectl('delete', 'machines', '--all', '--timeout=60s');
      const isRunning = ([pod]: readonly KubeObject[]) => (pod?.status as { phase?: string })?.phase === 'Running';
      await until('the pod runs', () => list(`${PODS}?labelSelector=app%3Dinflate`), isRunning, WAIT_MS_MAX);
    },
    STEP_MS_MAX,
  );

  test(
    'says of user data that cannot be read that it cannot',
    async () => {
      await createObject({ request }, PODS, strayPod('broken'));
      const told = async () => {
        await look();
        return list('/api/v1/events?fieldSelector=reason%3DLaunchFailed');
      };
      await until('an event says so', told, (events) => events.length > 0, WAIT_MS_MAX);
      await request('DELETE', `${PODS}/stray?gracePeriodSeconds=0`);
    },
    STEP_MS_MAX,
  );

  test('listens where its settings say and nowhere else', () => {
    const { healthPort, metricsPort } = cluster.controller;
    expect(portsOfProcessAt(healthPort)).toEqual([healthPort, metricsPort].sort((a, b) => a - b));
  });

  test(
    'drains the node of a Provisioner that is deleted',
    async () => {
      await cluster.controlPlane.kubectl('delete', 'provisioners', '--all', '--timeout=100s');
      expect(await list(`${KARPENTER}/machines`)).toEqual([]);
      await scaleInflate(0);
      await look();
    },
    STEP_MS_MAX,
  );

  test('has told nobody of user data, nor of a key or token', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${cluster.controller.metricsPort}/metrics`)).text();
    const log = cluster.controllerLog.lines().join('\n');
    const said = { ...seen, log, metrics, events: JSON.stringify(await list('/api/v1/events')) };
    const tooShort = Object.entries(said).filter(([, text]) => text.length < TEXT_CHARS_MIN);
    expect(tooShort).toEqual([]);
    expect(findSecrets(said, SECRETS)).toEqual([]);
  });

  test(
    'was given all that it asked for, and has asked for all that it is given',
    async () => {
      await rareCalls(cluster.controlPlane);
      expect(await cluster.controller.stop()).toBe(0);
      const grants = await grantsOfController({ request });
      const calls = () => cluster.controlPlane.callsOfWorkloads().filter(({ user }) => user === USER);
      const neverUsed = async () =>
        grants.filter((grant) => !calls().some((call) => isUseOf(grant, call))).map(describeGrant);
      // A watch is in the log when it has ended.
      await until('every grant was used', neverUsed, (left) => left.length === 0, LOG_MS_MAX);
      expect(calls().filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    },
    STEP_MS_MAX,
  );
});
