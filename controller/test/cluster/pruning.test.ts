import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL, TERMINATION_FINALIZER } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { untilEstablished } from './established.ts';
import {
  createDeployment,
  createProvisioner,
  type Ground,
  MACHINES,
  nodeOf,
  PODS,
  PROVISIONERS,
  startGround,
} from './failures-ground.ts';
import { installByHand } from './install.ts';
import { patchObject, readObject } from './live-object.ts';

const START_MS_MAX = 480_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 480_000;
const WAIT_MS_MAX = 200_000;
const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const CRDS = join(MANIFESTS, 'crds');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe('what is pruned from a real cluster while its nodes serve', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await startGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  const kubectl = (...args: string[]) => ground.cluster.controlPlane.kubectl(...args);
  const definitions = async () =>
    (await ground.list(DEFINITIONS)).map(({ metadata }) => metadata.name).filter((name) => name.includes('karpenter'));
  const untilUndefined = () => until('the definitions go', definitions, ({ length }) => length === 0, WAIT_MS_MAX);
  const uidsOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.uid).sort();

  /** Brings definitions and Provisioner back, as a sync does. */
  async function applyAgain(): Promise<void> {
    await kubectl('apply', '--server-side', '-f', CRDS);
    await untilEstablished(ground.cluster.controlPlane);
    await kubectl('apply', '-k', join(MANIFESTS, 'overlays', 'dev', 'provisioners'));
  }

  test(
    'a Provisioner that an engine prunes in the foreground goes when its last node has been drained, not before',
    async () => {
      await createProvisioner(ground, 'pruned', {});
      await createDeployment(ground, 'web', 3, { nodeSelector: { [PROVISIONER_NAME_LABEL]: 'pruned' } });
      const before = uidsOf(await ground.untilRunning(3, 'web'));
      let nodesWhenItWent = Number.NaN;
      // As Argo CD deletes: the dependants, which its owner references name, first.
      const { status } = await ground.cluster.controlPlane.request('DELETE', `${PROVISIONERS}/pruned`, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Foreground',
      });
      expect(status).toBe(200);
      const look = async () => {
        const [provisioner, nodes] = [
          await readObject(ground.cluster.controlPlane, `${PROVISIONERS}/pruned`),
          (await ground.boughtNodes()).length,
        ];
        if (provisioner === undefined && Number.isNaN(nodesWhenItWent)) nodesWhenItWent = nodes;
        return nodesWhenItWent;
      };
      await until('the Provisioner goes', look, (nodes) => !Number.isNaN(nodes), WAIT_MS_MAX);
      expect(nodesWhenItWent).toBe(0);
      await ground.untilBare();
      const isEvicted = (pods: readonly KubeObject[]) =>
        pods.length === 3 && !uidsOf(pods).some((uid) => before.includes(uid));
      await until(
        'its pods wait for a node',
        () => ground.list(`${PODS}?labelSelector=app=web`),
        isEvicted,
        WAIT_MS_MAX,
      );
      await kubectl('delete', 'deployment', 'web');
    },
    STEP_MS_MAX,
  );

  test(
    'the definitions, while the controller is at work: nodes drain, instances end, then they go; brought back, all works',
    async () => {
      await createDeployment(ground, 'app', 3);
      await ground.untilRunning(3, 'app');
      const [instance] = ground.livingInstances();
      await kubectl('delete', '-f', CRDS, '--wait=false');
      await untilUndefined();
      await ground.untilBare();

      await applyAgain();
      await ground.untilRunning(3, 'app');
      expect(ground.livingInstances()).not.toContain(instance);
      await kubectl('delete', 'deployment', 'app');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );

  test(
    'the definitions, while nobody is at work and by force: the pods run on, and whoever comes next ends what they left',
    async () => {
      await createDeployment(ground, 'app', 3);
      const before = await ground.untilRunning(3, 'app');
      const orphans = ground.livingInstances();
      await ground.cluster.controller.stop();
      await kubectl('delete', '-f', CRDS, '--wait=false');
      for (const path of [MACHINES, PROVISIONERS]) {
        for (const { metadata } of await ground.list(path)) {
          expect(metadata.finalizers).toContain(TERMINATION_FINALIZER);
          await patchObject(ground.cluster.controlPlane, `${path}/${metadata.name}`, { metadata: { finalizers: [] } });
        }
      }
      await untilUndefined();
      expect(ground.livingInstances()).toEqual(orphans);
      expect(uidsOf(await ground.untilRunning(3, 'app'))).toEqual(uidsOf(before));

      await applyAgain();
      await ground.cluster.startController();
      const isEnded = (ids: readonly string[]) => !ids.some((id) => orphans.includes(id));
      await until('nothing is left behind', async () => ground.livingInstances(), isEnded, WAIT_MS_MAX);
      const after = await ground.untilRunning(3, 'app');
      const nodes = (await ground.boughtNodes()).map(({ metadata }) => metadata.name);
      expect(after.filter((pod) => !nodes.includes(nodeOf(pod) ?? ''))).toEqual([]);
      await kubectl('delete', 'deployment', 'app');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );

  test(
    'the namespace of the controller: it ends, pods and nodes stay, and whoever is installed next adopts them',
    async () => {
      await createDeployment(ground, 'app', 3);
      const pods = uidsOf(await ground.untilRunning(3, 'app'));
      const nodes = uidsOf(await ground.boughtNodes());
      const machines = uidsOf(await ground.list(MACHINES));
      const instances = ground.livingInstances();
      let exitCode: number | undefined;
      void ground.cluster.controller.exited.then((code) => {
        exitCode = code;
      });
      await kubectl('delete', 'namespace', 'karpenter', '--timeout=60s');
      await until(
        'it ends',
        async () => exitCode,
        (code) => code !== undefined,
        WAIT_MS_MAX,
      );
      expect(exitCode).toBe(1);

      await installByHand(ground.cluster, 'dev');
      await ground.cluster.startController();
      // It is at work: it buys for the pod that comes now.
      await ground.scale('app', 12);
      const grown = uidsOf(await ground.untilRunning(12, 'app'));
      expect(grown).toEqual(expect.arrayContaining(pods));
      expect(uidsOf(await ground.boughtNodes())).toEqual(expect.arrayContaining(nodes));
      expect(uidsOf(await ground.list(MACHINES))).toEqual(expect.arrayContaining(machines));
      expect(ground.livingInstances()).toEqual(expect.arrayContaining([...instances]));
      expect(ground.livingInstances()).toHaveLength((await ground.boughtNodes()).length);
      await kubectl('delete', 'deployment', 'app');
      await ground.untilBare();
    },
    STEP_MS_MAX,
  );
});
