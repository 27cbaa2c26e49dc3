import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CloudModel, createCloudModel } from '../../controller/sandbox/aws/cloud-model.ts';
import { createFleet } from '../../controller/sandbox/aws/fleet.ts';
import { terminateInstances } from '../../controller/sandbox/aws/instances.ts';
import { createLaunchTemplate } from '../../controller/sandbox/aws/launch-templates.ts';
import { attachPodInterface } from '../../controller/sandbox/aws/network-interfaces.ts';
import { type AwsServer, startAwsServer } from '../../controller/sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../controller/sandbox/faults.ts';
import { createObjectStore } from '../../controller/sandbox/kube/create-object-store.ts';
import { readDefinitions } from '../../controller/sandbox/kube/custom-kinds.ts';
import type { MemoryObjectStore } from '../../controller/sandbox/kube/memory-object-store.ts';
import { startWireServer, type WireServer } from '../../controller/sandbox/kube/wire/wire-server.ts';
import { createWallTimers, type WallTimers } from '../../controller/sandbox/wall-timers.ts';
import type { KubeObject } from '../../controller/src/api/meta.ts';
import { LAUNCHES_PAUSED_SETTING, SETTINGS_CONFIG_MAP, TERMINATION_FINALIZER } from '../../controller/src/api/names.ts';
import { kubeconfigOf, startApiFront } from '../../controller/test/api-front.ts';
import type { Operation, Properties } from './resource-kind.ts';
import { teardown } from './teardown.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'manifests', 'crds');
const CASE_MS_MAX = 40_000;
const CLUSTER = 'demo';
const PART_OF = { 'app.kubernetes.io/part-of': 'karpenter-gitops' };
const BOUGHT = { [`kubernetes.io/cluster/${CLUSTER}`]: 'owned', 'karpenter.sh/provisioner-name': 'default' };
const MANAGED = { ...BOUGHT, 'eks:nodegroup-name': 'system' };
const ARGOCD_FINALIZER = 'resources-finalizer.argocd.argoproj.io/foreground';
const FLUX_FINALIZER = 'finalizers.fluxcd.io';

/** The definition of an engine's kind, as far as it matters here. */
const engineKind = (group: string, version: string, kind: string, plural: string): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      { name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: {} } } },
    ],
  },
});
const ENGINE_KINDS = [
  engineKind('argoproj.io', 'v1alpha1', 'Application', 'applications'),
  engineKind('kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization', 'kustomizations'),
];

describe('a teardown', () => {
  const environment = { ...process.env };
  let timers: WallTimers;
  let store: MemoryObjectStore;
  let model: CloudModel;
  let kube: WireServer;
  let aws: AwsServer;
  let warnings: string[];
  /** Names of what has gone, in order. */
  let gone: string[];
  let interruption: AbortController;

  beforeEach(async () => {
    timers = createWallTimers();
    const faults = noFaults();
    warnings = [];
    gone = [];
    interruption = new AbortController();
    store = createObjectStore({ timers, crds: [...readDefinitions(CRDS), ...ENGINE_KINDS], seed: 1 });
    kube = await startWireServer({ store, timers, faults, host: '127.0.0.1', logSource: () => undefined });
    model = createCloudModel({ timers, faults, seed: 1, clusterName: CLUSTER, clusterEndpoint: kube.url });
    aws = await startAwsServer({ model });
    Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    furnish();
  });

  afterEach(async () => {
    process.env = { ...environment };
    await Promise.all([kube.close(), aws.close()]);
    timers.close();
  });

  const operation = (): Operation => ({
    signal: interruption.signal,
    progress: () => {},
    warn: (message) => void warnings.push(message),
  });
  const inputs = (gitops: object = { engine: 'none', namespace: 'karpenter' }, drainLimitSeconds = 20): Properties => ({
    kubeconfig: kubeconfigOf(kube.url),
    clusterName: CLUSTER,
    region: 'us-east-1',
    gitops,
    drainLimitSeconds,
  });
  const destroy = (state: Properties) => teardown.delete(state, operation());

  /** A cluster with one node of ours and one of a managed group, and what each has in EC2. */
  function furnish(): void {
    buy('ours', BOUGHT);
    buy('managed', MANAGED);
    store.create('ConfigMap', { metadata: { name: SETTINGS_CONFIG_MAP, namespace: 'karpenter' }, data: { a: 'b' } });
    store.create('Provisioner', {
      metadata: { name: 'default', finalizers: [TERMINATION_FINALIZER] },
      spec: { provider: {} },
    });
    const ofProvisioner = { 'karpenter.sh/provisioner-name': 'default' };
    store.create('Node', {
      metadata: { name: 'ours', labels: ofProvisioner, finalizers: [TERMINATION_FINALIZER, 'example.com/theirs'] },
    });
    store.create('Node', { metadata: { name: 'managed' } });
    for (const [name, namespace, labels] of [
      ['karpenter', 'karpenter', PART_OF],
      ['shop', 'default', {}],
    ] as const) {
      store.create('Deployment', deployment({ name, namespace, labels }));
      store.create('ServiceAccount', { metadata: { name, namespace, labels } });
    }
    for (const kind of [
      'Provisioner',
      'Node',
      'Deployment',
      'Application',
      'Kustomization',
      'CustomResourceDefinition',
    ]) {
      store.watch(kind, ({ type, object }) => {
        if (type === 'DELETED') gone.push(`${kind} ${object.metadata.name}`);
      });
    }
  }

  const deployment = (metadata: KubeObject['metadata']): KubeObject => ({
    metadata,
    spec: {
      selector: { matchLabels: { app: metadata.name } },
      template: { metadata: { labels: { app: metadata.name } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
  });

  function buy(name: string, tags: Readonly<Record<string, string>>): void {
    const data = {
      imageId: model.state.images[0]?.id ?? '',
      instanceProfile: `KarpenterNodeInstanceProfile-${CLUSTER}`,
      securityGroupIds: [],
      volumes: [],
      tagSpecifications: [],
    };
    createLaunchTemplate(model, name, data, tags);
    const overrides = [{ instanceType: 'm5.large', subnetId: model.state.subnets[0]?.id ?? '' }];
    createFleet(model, {
      capacityType: 'on-demand',
      totalTargetCapacity: 1,
      configs: [{ launchTemplate: { name, version: '$Latest' }, overrides }],
      tagSpecifications: [{ resourceType: 'instance', tags: { ...tags } }],
    });
    const instance = Object.values(model.state.instances).find(({ launchTemplate }) => launchTemplate.name === name);
    if (instance === undefined) throw new Error(`${name} was not launched`);
    attachPodInterface(model, instance);
  }

  const instancesOf = (template: string) =>
    Object.values(model.state.instances).filter(({ launchTemplate }) => launchTemplate.name === template);
  const isAlive = (template: string) => instancesOf(template).some(({ state }) => state !== 'terminated');
  const takeOff = (kind: string, { metadata }: KubeObject, finalizer: string) =>
    store.mergePatch(kind, metadata.name, metadata.namespace, {
      metadata: { finalizers: (metadata.finalizers ?? []).filter((one) => one !== finalizer) },
    });

  /** Plays the controller: drains and ends the nodes of a Provisioner that is going, unless it may still buy. */
  function playController(): void {
    store.watch('Provisioner', ({ type, object }) => {
      if (type !== 'MODIFIED' || object.metadata.deletionTimestamp === undefined) return;
      const settings = store.get('ConfigMap', SETTINGS_CONFIG_MAP, 'karpenter') as { data?: Record<string, string> };
      if (settings.data?.[LAUNCHES_PAUSED_SETTING] !== 'true' || !object.metadata.finalizers?.length) return;
      const node = store.get('Node', 'ours');
      if (node !== undefined) {
        terminateInstances(
          model,
          instancesOf('ours').map(({ id }) => id),
        );
        store.mergePatch('Node', 'ours', undefined, { metadata: { finalizers: null } });
        store.delete('Node', 'ours');
      }
      takeOff('Provisioner', object, TERMINATION_FINALIZER);
    });
  }

  function expectNothingOfOurs(): void {
    expect(store.list('Provisioner')).toEqual([]);
    expect(store.list('Node').map(({ metadata }) => metadata.name)).toEqual(['managed']);
    for (const kind of ['Deployment', 'ServiceAccount']) {
      const names = store.list(kind).map(({ metadata }) => metadata.name);
      expect(names.filter((name) => name !== 'default')).toEqual(['shop']);
    }
    expect(store.get('Namespace', 'karpenter')).toBeUndefined();
    const definitions = store.list('CustomResourceDefinition').map(({ metadata }) => metadata.name);
    expect(definitions).toEqual(['applications.argoproj.io', 'kustomizations.kustomize.toolkit.fluxcd.io']);
    expectNothingOfOursInEc2();
  }

  function expectNothingOfOursInEc2(): void {
    expect(isAlive('ours')).toBe(false);
    expect(isAlive('managed')).toBe(true);
    expect(Object.values(model.state.launchTemplates).map(({ name }) => name)).toEqual(['managed']);
    const [managed] = instancesOf('managed');
    const attached = Object.values(model.state.networkInterfaces).map(({ attachment }) => attachment?.instanceId);
    expect(attached).toEqual([managed?.id, managed?.id]);
  }

  test(
    'has the nodes drained while the controller is there, and leaves nothing of ours and all of others',
    async () => {
      playController();
      await destroy(inputs());
      expectNothingOfOurs();
      expect(warnings).toEqual([]);
      expect(gone.slice(0, 3)).toEqual(['Node ours', 'Provisioner default', 'Deployment karpenter']);
      expect(gone.slice(3).every((name) => name.startsWith('CustomResourceDefinition'))).toBe(true);
    },
    CASE_MS_MAX,
  );

  test(
    'forces what nobody drains when its limit is over, says what, and takes no finalizer but ours',
    async () => {
      const state = inputs(undefined, 1);
      const taken = store.watch('Node', ({ object }) => {
        // Its other finalizer goes when ours has: their owner was waiting for us.
        if (object.metadata.finalizers?.join() === 'example.com/theirs') takeOff('Node', object, 'example.com/theirs');
      });
      await destroy(state);
      taken();
      expectNothingOfOurs();
      expect(warnings).toEqual([expect.stringMatching(/not gone after 1 s.*Provisioner default, Node ours/)]);
    },
    CASE_MS_MAX,
  );

  test(
    'deletes the Application with its approval, and after it what Argo CD leaves',
    async () => {
      playController();
      store.create('Application', {
        metadata: { name: 'karpenter', namespace: 'karpenter', finalizers: [ARGOCD_FINALIZER] },
      });
      // Argo CD: nothing before the approval, which must not be older than the deletion; then wave by wave, and no definitions.
      store.watch('Application', ({ type, object }) => {
        const { deletionTimestamp, annotations = {} } = object.metadata;
        const approved = annotations['argocd.argoproj.io/deletion-approved'];
        if (type !== 'MODIFIED' || deletionTimestamp === undefined || approved === undefined) return;
        if (approved < deletionTimestamp) throw new Error('an approval from before the deletion');
        timers.after(1_500, () => {
          if (store.list('Provisioner').length > 0) return;
          store.delete('Deployment', 'karpenter', 'karpenter');
          takeOff('Application', object, ARGOCD_FINALIZER);
        });
      });
      await destroy(inputs({ engine: 'argocd', namespace: 'karpenter' }));
      expectNothingOfOurs();
      expect(gone.slice(0, 4)).toEqual([
        'Node ours',
        'Provisioner default',
        'Deployment karpenter',
        'Application karpenter',
      ]);
      expect(warnings).toEqual([]);
    },
    CASE_MS_MAX,
  );

  test(
    'deletes the Kustomizations from the last to the first, each one when the one before is gone',
    async () => {
      playController();
      const names = ['karpenter-crds', 'karpenter-controller', 'karpenter-provisioners'];
      for (const name of names) {
        store.create('Kustomization', { metadata: { name, namespace: 'karpenter', finalizers: [FLUX_FINALIZER] } });
      }
      store.watch('Kustomization', ({ type, object }) => {
        if (type !== 'MODIFIED' || !object.metadata.finalizers?.length) return;
        const others = store.list('Kustomization').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        expect(others).toHaveLength(1);
        timers.after(300, () => takeOff('Kustomization', object, FLUX_FINALIZER));
      });
      await destroy(inputs({ engine: 'flux', namespace: 'karpenter' }));
      expectNothingOfOurs();
      expect(gone.filter((name) => name.startsWith('Kustomization'))).toEqual(
        names.toReversed().map((name) => `Kustomization ${name}`),
      );
      expect(gone.indexOf('Provisioner default')).toBeLessThan(gone.indexOf('Kustomization karpenter-controller'));
    },
    CASE_MS_MAX,
  );

  test(
    'waits through a silence of the API server',
    async () => {
      playController();
      let silences = 8;
      const front = await startApiFront({ server: kube.url }, async ({ path }) => {
        // Longer than one request is repeated for.
        if (path.startsWith('/api/v1/nodes') && silences-- > 0) throw new Error('cut');
      });
      await destroy({ ...inputs(), kubeconfig: front.kubeconfig }).finally(() => front.close());
      expectNothingOfOurs();
    },
    CASE_MS_MAX,
  );

  test(
    'goes on where an interrupted one has stopped',
    async () => {
      const interrupt = store.watch('Provisioner', () => interruption.abort(new Error('interrupted')));
      await expect(destroy(inputs())).rejects.toThrow();
      interrupt();
      expect(isAlive('ours')).toBe(true);

      interruption = new AbortController();
      playController();
      store.mergePatch('Provisioner', 'default', undefined, { metadata: { annotations: { look: 'again' } } });
      // The controller has ended the instance before this run: nothing but the tags tells whose its interfaces were.
      await destroy(inputs());
      expectNothingOfOurs();
    },
    CASE_MS_MAX,
  );

  test(
    'sweeps EC2 when the cluster is gone, and only what this cluster has bought',
    async () => {
      model.state.cluster = { ...model.state.cluster, endpoint: 'https://a-later-one.example' };
      buy('later', { ...BOUGHT, 'karpenter.sh/cluster-uid': 'uid of the later one' });
      await kube.close();
      await destroy({ ...inputs(), clusterUid: 'uid of this one' });
      expect(isAlive('ours')).toBe(false);
      expect(isAlive('later')).toBe(true);
      expect(isAlive('managed')).toBe(true);
      expect(Object.values(model.state.launchTemplates).map(({ name }) => name)).toEqual(['managed', 'later']);
    },
    CASE_MS_MAX,
  );

  test(
    'touches nothing while the cluster exists and does not answer',
    async () => {
      await kube.close();
      await expect(destroy(inputs())).rejects.toThrow(/does not answer: .*EKS says that cluster demo exists/);
      expect(isAlive('ours')).toBe(true);
    },
    CASE_MS_MAX,
  );

  const settings = () => (store.get('ConfigMap', SETTINGS_CONFIG_MAP, 'karpenter') as { data?: object }).data;

  test(
    'that did not end has paused launches, which the next update finds and lifts',
    async () => {
      const { state: made } = await teardown.create(inputs(), operation());
      const state = { ...inputs(), ...made };
      expect(made).toEqual({ clusterUid: store.get('Namespace', 'kube-system')?.metadata.uid });
      expect(await teardown.diff(state, inputs(), operation())).toEqual({ changes: false });

      const interrupt = store.watch('Provisioner', () => interruption.abort(new Error('interrupted')));
      await expect(destroy(state)).rejects.toThrow();
      interrupt();
      interruption = new AbortController();
      expect(settings()).toEqual({ a: 'b', [LAUNCHES_PAUSED_SETTING]: 'true' });
      expect(await teardown.diff(state, inputs(), operation())).toEqual({ changes: true });
      expect(await teardown.update(state, inputs(), operation())).toEqual(made);
      expect(settings()).toEqual({ a: 'b' });
    },
    CASE_MS_MAX,
  );

  test('to come leaves a pause that somebody else has ordered', async () => {
    const data = { [LAUNCHES_PAUSED_SETTING]: 'true' };
    store.mergePatch('ConfigMap', SETTINGS_CONFIG_MAP, 'karpenter', { data });
    await teardown.create(inputs(), operation());
    expect(settings()).toEqual({ a: 'b', ...data });
  });

  test('for another cluster is another teardown; for other limits it is the same one', async () => {
    const changed = (change: Properties) => teardown.diff(inputs(), { ...inputs(), ...change }, operation());
    expect(await changed({ clusterName: 'other' })).toEqual({ changes: true, replaces: ['clusterName'] });
    expect(await changed({ drainLimitSeconds: 5 })).toEqual({ changes: true, replaces: [] });
  });
});

const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const KUBECONFIG = kubeconfigOf('https://demo.eks.example');

describe('the inputs of a teardown', () => {
  const good = {
    kubeconfig: KUBECONFIG,
    clusterName: 'demo',
    region: 'us-east-1',
    gitops: { engine: 'flux', namespace: 'flux-system' },
    drainLimitSeconds: 600,
  };

  test.each<[string, Properties]>([
    ['all of them', good],
    ['no namespace of no engine', { ...good, gitops: { engine: 'none', namespace: '' } }],
    ['what a preview does not know yet', { ...good, kubeconfig: UNKNOWN, gitops: UNKNOWN, drainLimitSeconds: UNKNOWN }],
  ])('are taken: %s', (_which, inputs) => {
    expect(teardown.check(inputs)).toEqual([]);
  });

  test('are refused all at once, each by its path', () => {
    const inputs = { kubeconfig: KUBECONFIG.replace('https:', ''), gitops: { engine: 'helm' }, drainLimitSeconds: -1 };
    expect(teardown.check(inputs)).toEqual([
      { property: 'kubeconfig', reason: 'its server "//demo.eks.example" is no URL' },
      { property: 'clusterName', reason: 'must be the name of the cluster, not undefined' },
      { property: 'region', reason: 'must be the AWS region of the cluster, not undefined' },
      { property: 'drainLimitSeconds', reason: 'must be a number of seconds up to 86400, not -1' },
      { property: 'gitops.engine', reason: 'must be one of argocd, flux, none, not "helm"' },
      { property: 'gitops.namespace', reason: 'must be the namespace of the engine, not undefined' },
    ]);
  });
});
