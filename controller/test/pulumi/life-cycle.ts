import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthenticationMode, CloudState } from '../../sandbox/aws/cloud-state.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { installAbsentEngine } from './accounts/absent-engine.ts';
import { inventoryOfCluster } from './accounts/cluster-inventory.ts';
import { openAccount, type TestAccount } from './accounts/test-account.ts';
import type { StackConfig, TestStack } from './engine/stack.ts';
import type { PulumiGround } from './pulumi-ground.ts';

/** A command takes 6 s of CPU alone; beside others it may take many times that. */
export const COMMAND_MS_MAX = 180_000;

/** Where a story plays. */
export interface Place {
  readonly controlPlane: ControlPlane;
  readonly account: TestAccount;
  /** Where Pulumi.yaml lies. */
  readonly projectFolder: string;
  readonly stack: TestStack;
}

/** One stack from its first preview to its end. */
export interface LifeCycle {
  /** Of the stack too. */
  readonly name: string;
  readonly authenticationMode: AuthenticationMode;
  readonly engine: 'argocd' | 'flux' | 'none';
  readonly config: (cloud: CloudState) => StackConfig;
  /** What else there is before. */
  readonly prepare?: (place: Omit<Place, 'stack'>) => Promise<void>;
  /** What `up` must have brought about, beside what every stack does. */
  readonly wantAfterUp: (place: Place) => Promise<void>;
  /** A change of the configuration, and the steps that it takes: these and no others. */
  readonly change: { readonly config: (cloud: CloudState) => StackConfig; readonly wantSteps: readonly string[] };
  /** What somebody does past Pulumi, what `refresh` sees of it, and the steps by which `up` mends it. */
  readonly drift: {
    readonly make: (place: Place) => Promise<void>;
    readonly wantSeen: readonly string[];
    readonly wantSteps: readonly string[];
  };
}

/** The tests of one life cycle, each after the one before. */
export function describeLifeCycle(ground: PulumiGround, story: LifeCycle): void {
  describe(`a stack that is ${story.name}`, () => {
    let place: Place;
    let before: unknown;
    let previewed: readonly string[];
    let stopEngine = async () => {};
    let inventory: () => Promise<unknown>;

    beforeAll(async () => {
      const controlPlane = ground.controlPlane();
      const installed = story.engine === 'none' ? undefined : await installAbsentEngine(controlPlane, story.engine);
      stopEngine = async () => installed?.stop();
      const account = await openAccount(controlPlane, ground.moto(), story);
      const { projectFolder, newStack } = ground.engine();
      await story.prepare?.({ controlPlane, account, projectFolder });
      const stackName = story.name.replaceAll(/\W+/g, '-');
      const stack = await newStack(stackName, story.config(account.cloud.state), account.environment);
      place = { controlPlane, account, projectFolder, stack };
      inventory = async () => ({
        account: await account.inventory(),
        cluster: await inventoryOfCluster(controlPlane, installed?.kinds),
      });
      before = await inventory();
    }, COMMAND_MS_MAX);

    afterAll(async () => {
      await place?.account.close();
      await stopEngine();
    });

    const step = (name: string, run: () => Promise<void>) => test(name, run, COMMAND_MS_MAX);

    step('previews everything it will make, and makes nothing', async () => {
      previewed = (await place.stack.preview()).steps;
      expect(previewed).toContain('create karpenter-cluster:index:Teardown teardown');
      expect(await inventory()).toEqual(before);
    });

    step('comes up as previewed', async () => {
      expect((await place.stack.up()).steps).toEqual(previewed);
      await story.wantAfterUp(place);
    });

    step('changes nothing when it comes up again', async () => {
      expect((await place.stack.up()).steps).toEqual([]);
    });

    step('follows its configuration by the expected updates alone', async () => {
      place.stack.configure(story.change.config(place.account.cloud.state));
      expect((await place.stack.up()).steps).toEqual(story.change.wantSteps);
    });

    step('sees by a refresh what others have changed, and mends it', async () => {
      await story.drift.make(place);
      expect((await place.stack.refresh()).steps).toEqual(story.drift.wantSeen);
      expect((await place.stack.up()).steps).toEqual(story.drift.wantSteps);
      expect((await place.stack.up()).steps).toEqual([]);
    });

    step('leaves nothing of ours behind, and all else as it was', async () => {
      await place.stack.destroy();
      expect(await place.stack.resources()).toEqual([]);
      expect(await inventory()).toEqual(before);
    });
  });
}
