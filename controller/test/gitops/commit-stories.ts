import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inflate } from '../../sandbox/story/page-objects.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { PART_OF_LABEL, PART_OF_VALUE, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { conditionOf, createObject, patchObject, readObject } from '../cluster/live-object.ts';
import { throughout, until } from '../until.ts';
import { BATCH_WORK, BATCH_WORK_BUDGET } from './batch-work.ts';
import { destroy } from './destroy.ts';
import { CLUSTER_VALUES, type GitOpsCluster, startGitOpsCluster } from './gitops-cluster.ts';
import type { GitOpsEngine, Verdict } from './gitops-engine.ts';

/** Control plane, sandbox and engine start in half a minute on an idle machine. */
const START_MS_MAX = 240_000;
/** From a commit to the engine's verdict; a wave, or a Kustomization, comes after the other. */
const VERDICT_MS_MAX = 150_000;
const STORY_MS_MAX = 300_000;
const RECONCILIATIONS = 10;

const PROVISIONERS = 'manifests/overlays/prod/provisioners';
const BATCH_FILE = `${PROVISIONERS}/batch.yaml`;
const DEFAULT = '/apis/karpenter.sh/v1alpha5/provisioners/default';
const BATCH = '/apis/karpenter.sh/v1alpha5/provisioners/batch';
const TEMPLATE = '/apis/karpenter.k8s.aws/v1alpha1/awsnodetemplates/batch';
const DEPLOYMENT = '/apis/apps/v1/namespaces/karpenter/deployments/karpenter';
const SERVICE_ACCOUNT = '/api/v1/namespaces/karpenter/serviceaccounts/karpenter';
const BUDGET = '/apis/policy/v1/namespaces/karpenter/poddisruptionbudgets/karpenter';
const NAMESPACE = '/api/v1/namespaces/karpenter';
const KINDS_OF_GIT =
  'customresourcedefinition,clusterrole,clusterrolebinding,role,rolebinding,serviceaccount,deployment,service,poddisruptionbudget';
/** Every kind that is in git. */
const KINDS = `${KINDS_OF_GIT},awsnodetemplate,provisioner`;
/** Those of them that a cluster knows without us, and what else a removal might take. */
const KINDS_OF_ALL_CLUSTERS = `${KINDS_OF_GIT},namespace,configmap,secret,node`;
/** `Kind/namespace/name` a line. */
const NAMES = '--output=jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
/** The namespace that Pulumi owns, and what is in it. */
const IN_OUR_NAMESPACE = /^(Namespace\/\/karpenter$|\w+\/karpenter\/)/;
/** Pods that no node of the managed group takes. */
const INFLATED = 3;

/**
 * What commits to the overlay `prod` do to a cluster through one engine, as Pulumi has set it up. The stories follow one another in one
 * cluster, with the production controller in it; each begins where the one before has ended: Healthy.
 */
export function describeCommits(name: string, startEngine: (cluster: GitOpsCluster) => Promise<GitOpsEngine>): void {
  describe(name, () => {
    let cluster: GitOpsCluster;
    let engine: GitOpsEngine;

    beforeAll(async () => {
      cluster = await startGitOpsCluster();
      await setSchedulable(false);
      engine = await startEngine(cluster);
    }, START_MS_MAX);

    afterAll(() => cluster?.close());

    const read = (path: string) => readObject(cluster.controlPlane, path);
    const ttl = async (path: string) =>
      ((await read(path))?.spec as { readonly ttlSecondsAfterEmpty?: number } | undefined)?.ttlSecondsAfterEmpty;
    const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(...args);
    const listed = async (...args: string[]) =>
      (JSON.parse(await kubectl('get', ...args, '--output=json')) as { items: readonly KubeObject[] }).items;

    /** Lets pods on to the nodes of the managed group, or keeps them off. */
    async function setSchedulable(isSchedulable: boolean): Promise<void> {
      const nodes = '--selector=eks.amazonaws.com/nodegroup';
      await kubectl(isSchedulable ? 'uncordon' : 'cordon', nodes);
    }

    /** Resolves when `isRight`; rejects with the engine's verdict and logs where it never is. */
    async function eventually<T>(what: string, ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<void> {
      await until(what, ask, isRight, VERDICT_MS_MAX).catch(async (error: unknown) => {
        const { message } = await engine.verdict();
        throw new Error(`${(error as Error).message}\nthe verdict: ${message}\n${engine.logTails()}`, { cause: error });
      });
    }

    /** Resolves when this is the engine's verdict on the last commit. */
    async function untilVerdict(health: Verdict['health']): Promise<void> {
      const sha = cluster.repository.head();
      await eventually(`${health} at ${sha}`, engine.verdict, (last) => last.health === health && last.sha === sha);
    }

    /** Commits what has been changed in the work tree, and tells the engine. */
    async function push(message: string): Promise<void> {
      await engine.announce(cluster.repository.commit(message));
    }

    test(
      'the first commit applies no Provisioner before a controller is available, and becomes Healthy with it',
      async () => {
        await engine.announce(cluster.repository.head());
        await eventually('the controller is applied', () => read(DEPLOYMENT), isObject);
        await eventually(
          'its pods find no node',
          () => listed('pods', '--namespace=karpenter'),
          (pods) =>
            pods.length > 0 && pods.every((pod) => conditionOf(pod, 'PodScheduled')?.reason === 'Unschedulable'),
        );
        expect((await engine.verdict()).health).toBe('Progressing');
        expect(await read(DEFAULT)).toBeUndefined();

        await setSchedulable(true);
        const isAvailable = (deployment: KubeObject | undefined) => replicasOf(deployment) === 2;
        await eventually('the controller is available', () => read(DEPLOYMENT), isAvailable);
        await cluster.startController();
        await untilVerdict('Healthy');
        for (const path of [DEFAULT, BATCH, TEMPLATE]) {
          expect(conditionOf(await read(path), 'Ready')).toMatchObject({ status: 'True' });
        }
      },
      STORY_MS_MAX,
    );

    test('what only Pulumi knows has reached the objects', async () => {
      const { image, roleArn } = CLUSTER_VALUES;
      const container = { image: `${image.repository}@${image.digest}` };
      expect(await read(DEPLOYMENT)).toMatchObject({ spec: { template: { spec: { containers: [container] } } } });
      const annotations = { 'eks.amazonaws.com/role-arn': roleArn };
      expect(await read(SERVICE_ACCOUNT)).toMatchObject({ metadata: { annotations } });
      const discovery = { [`kubernetes.io/cluster/${cluster.clusterName}`]: '*' };
      expect((await read(TEMPLATE))?.spec).toMatchObject({
        subnetSelector: discovery,
        securityGroupSelector: discovery,
      });
    });

    /** Which write each object of ours has seen last: the same list twice means that nobody has written anything. */
    const writes = async () =>
      (await listed(KINDS, '--all-namespaces', `--selector=${PART_OF_LABEL}=${PART_OF_VALUE}`)).map(
        ({ kind, metadata: { name, generation, resourceVersion } }) => ({ kind, name, generation, resourceVersion }),
      );

    test(
      `${RECONCILIATIONS} reconciliations change nothing`,
      async () => {
        const before = await writes();
        expect(new Set(before.map(({ kind }) => kind)).size).toBe(KINDS.split(',').length);
        for (let count = 0; count < RECONCILIATIONS; count += 1) {
          await engine.reconcile();
          expect(await engine.verdict()).toMatchObject({ health: 'Healthy', sha: cluster.repository.head() });
        }
        expect(await writes()).toEqual(before);
      },
      STORY_MS_MAX,
    );

    test(
      'what a hand has changed is changed back',
      async () => {
        const wanted = (await ttl(DEFAULT)) ?? 0;
        await patchObject(cluster.controlPlane, DEFAULT, { spec: { ttlSecondsAfterEmpty: wanted + 1 } });
        await kubectl('delete', 'poddisruptionbudget', 'karpenter', '--namespace=karpenter');
        await engine.reconcile();
        await eventually(
          'the field is back',
          () => ttl(DEFAULT),
          (seconds) => seconds === wanted,
        );
        await eventually('the budget is back', () => read(BUDGET), isObject);
        await untilVerdict('Healthy');
      },
      STORY_MS_MAX,
    );

    test(
      'a changed Provisioner is Progressing while the controller is stopped, and Healthy when it is back',
      async () => {
        await cluster.controller.stop();
        cluster.repository.replace(BATCH_FILE, 'ttlSecondsAfterEmpty: 60', 'ttlSecondsAfterEmpty: 90');
        await push('Keep empty batch nodes for longer');
        await eventually(
          'the commit is applied',
          () => ttl(BATCH),
          (seconds) => seconds === 90,
        );
        await untilVerdict('Progressing');
        const isProgressing = ({ health }: Verdict) => health === 'Progressing';
        await throughout('it is Progressing', engine.verdict, isProgressing, engine.healthEveryMs * 1.5);

        await cluster.startController();
        await untilVerdict('Healthy');
      },
      STORY_MS_MAX,
    );

    test(
      'a Provisioner whose providerRef names nothing is Degraded, until a commit mends it',
      async () => {
        cluster.repository.replace(BATCH_FILE, 'providerRef:\n    name: batch', 'providerRef:\n    name: bacth');
        await push('Mistype a name');
        await untilVerdict('Degraded');
        expect(conditionOf(await read(BATCH), 'Stalled')).toMatchObject({ status: 'True' });

        cluster.repository.replace(BATCH_FILE, 'name: bacth', 'name: batch');
        await push('Mend the name');
        await untilVerdict('Healthy');
      },
      STORY_MS_MAX,
    );

    const batchNodes = () => listed('nodes', `--selector=${PROVISIONER_NAME_LABEL}=batch`);
    const instances = () => Object.values(cluster.model.state.instances).map(({ state }) => state);

    test(
      'a removed Provisioner is drained before it is gone',
      async () => {
        await createObject(cluster.controlPlane, '/apis/apps/v1/namespaces/default/deployments', BATCH_WORK);
        await createObject(
          cluster.controlPlane,
          '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
          BATCH_WORK_BUDGET,
        );
        await kubectl('rollout', 'status', 'deployment/work', '--timeout=90s');
        expect(await batchNodes()).toHaveLength(1);
        expect(instances()).toEqual(['running']);

        cluster.repository.remove(BATCH_FILE);
        cluster.repository.replace(`${PROVISIONERS}/kustomization.yaml`, '  - batch.yaml\n', '');
        await push('Give up batch work');
        if (engine.asksBeforeRemoval) {
          const isAsking = ({ message }: Verdict) => message.includes('Waiting for pruning confirmation');
          await eventually('the engine asks', engine.verdict, isAsking);
          expect((await read(BATCH))?.metadata.deletionTimestamp).toBeUndefined();
          await engine.agreeToRemoval();
        }

        // The budget holds the drain up: all that time the Provisioner stays, and so does the node with its pod.
        await eventually('an eviction is refused', async () => cluster.controlPlane.callsOfWorkloads(), isHeldUp);
        expect((await read(BATCH))?.metadata.deletionTimestamp).toBeDefined();
        expect(await batchNodes()).toMatchObject([{ spec: { unschedulable: true } }]);
        expect(instances()).toEqual(['running']);

        await kubectl('delete', 'poddisruptionbudget', BATCH_WORK_BUDGET.metadata.name);
        await eventually(
          'the Provisioner is gone',
          () => read(BATCH),
          (object) => object === undefined,
        );
        expect(await batchNodes()).toEqual([]);
        expect(instances()).not.toContain('running');
        await untilVerdict('Healthy');
      },
      STORY_MS_MAX,
    );

    const inflatePods = async () => (await listed('pods', '--selector=app=inflate')) as readonly Pod[];
    const names = async (selector: string) =>
      (await kubectl('get', KINDS_OF_ALL_CLUSTERS, '--all-namespaces', `--selector=${selector}`, NAMES))
        .split('\n')
        .filter((name) => name !== '' && !IN_OUR_NAMESPACE.test(name));

    test(
      'pulumi destroy drains the nodes, and removes all that came by git and nothing else',
      async () => {
        await createObject(cluster.controlPlane, '/apis/apps/v1/namespaces/default/deployments', inflate(INFLATED));
        await kubectl('rollout', 'status', 'deployment/inflate', '--timeout=90s');
        const evicted = (await inflatePods()).map(({ metadata }) => metadata.name);
        const bought = Object.keys(cluster.model.state.instances);
        const others = await names(`${PART_OF_LABEL}!=${PART_OF_VALUE},!${PROVISIONER_NAME_LABEL}`);

        const { warnings, deletedUnpaused } = await destroy(cluster, engine.gitops).catch((error: unknown) => {
          throw new Error(`${(error as Error).message}\n${engine.logTails()}`, { cause: error });
        });

        expect({ warnings, deletedUnpaused }).toEqual({ warnings: [], deletedUnpaused: [] });
        expect(await engine.syncers()).toEqual([]);
        expect(await names(`${PART_OF_LABEL}=${PART_OF_VALUE}`)).toEqual([]);
        expect(await read(NAMESPACE)).toBeUndefined();
        expect(await listed('nodes', `--selector=${PROVISIONER_NAME_LABEL}`)).toEqual([]);
        expect(await names(`${PART_OF_LABEL}!=${PART_OF_VALUE}`)).toEqual(others);

        // Each pod was evicted, and waits in vain: nothing was bought for those that took their places.
        const evictions = cluster.controlPlane
          .callsOfWorkloads()
          .filter(isEviction)
          .map(({ name }) => name);
        expect(evictions).toEqual(expect.arrayContaining(evicted));
        const nodeNames = (await inflatePods()).map(({ spec }) => spec.nodeName);
        expect(nodeNames).toEqual(Array.from({ length: INFLATED }, () => undefined));
        expect(Object.keys(cluster.model.state.instances)).toEqual(bought);
        expect(new Set(instances())).toEqual(new Set(['terminated']));
      },
      STORY_MS_MAX,
    );
  });
}

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
}

const replicasOf = (deployment: KubeObject | undefined): number | undefined =>
  (deployment?.status as { readonly availableReplicas?: number } | undefined)?.availableReplicas;

const isObject = (object: KubeObject | undefined): boolean => object !== undefined;

/** Whether the API server has refused an eviction because of a budget. */
const isHeldUp = (calls: readonly { readonly on: string; readonly status: number }[]): boolean =>
  calls.some(({ on, status }) => on === 'pods/eviction' && status === 429);

/** Whether the API server has allowed an eviction. */
const isEviction = ({ on, status }: { readonly on: string; readonly status: number }): boolean =>
  on === 'pods/eviction' && status === 201;
