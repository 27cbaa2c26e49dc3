import { CreateOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { afterEach, expect, test } from '@jest/globals';
import type { AuthenticationMode } from '../../sandbox/aws/cloud-state.ts';
import { inventoryOfCluster } from './accounts/cluster-inventory.ts';
import { CLUSTER_NAME, openAccount, type TestAccount } from './accounts/test-account.ts';
import type { StackConfig } from './engine/stack.ts';
import { COMMAND_MS_MAX } from './life-cycle.ts';
import { preparePulumi } from './pulumi-ground.ts';

interface BadInput {
  readonly name: string;
  readonly authenticationMode?: AuthenticationMode;
  readonly config: StackConfig;
  /** What is in the way. */
  readonly prepare?: (account: TestAccount) => Promise<void>;
  /** The paths of the configuration that the user is sent to, each on a line with what is wrong there. */
  readonly wantProblems: readonly RegExp[];
}

const CASES: readonly BadInput[] = [
  {
    name: 'every mistake in the configuration at once',
    config: {
      cluster: { mode: 'borrow', name: 'no name!' },
      nodeAccess: { mode: 'magic' },
      image: { mode: 'existing', ref: 'registry.example/karpenter:latest' },
      settings: { 'aws.clusterName': 'other' },
      colour: {},
    },
    wantProblems: [
      /cluster\.mode: /,
      /cluster\.name: /,
      /nodeAccess\.mode: /,
      /image\.ref: .*digest/,
      /settings\.aws\.clusterName: /,
      /colour: /,
    ],
  },
  {
    name: 'a cluster that does not exist',
    config: { cluster: { name: 'nowhere' } },
    wantProblems: [/cluster\.name: .*nowhere/],
  },
  {
    name: 'an access entry for a cluster that knows none',
    authenticationMode: 'CONFIG_MAP',
    config: { cluster: { name: CLUSTER_NAME }, nodeAccess: { mode: 'accessEntry' } },
    wantProblems: [/nodeAccess\.mode: .*CONFIG_MAP/],
  },
  {
    name: 'an OIDC provider that the account has already',
    config: { cluster: { name: CLUSTER_NAME } },
    prepare: ({ cloud, everywhere }) =>
      everywhere(({ iam }) =>
        iam.send(
          new CreateOpenIDConnectProviderCommand({
            Url: cloud.state.cluster.issuerUrl,
            ClientIDList: ['sts.amazonaws.com'],
          }),
        ),
      ),
    wantProblems: [/controllerRole\.oidcProvider: .*arn:aws:iam::123456789012:oidc-provider\//],
  },
];

const ground = preparePulumi();
let account: TestAccount | undefined;
afterEach(() => account?.close());

test.each(CASES)(
  'refuses $name before anything is made, and names the option',
  async ({ name, config, prepare, wantProblems, ...options }) => {
    const opened = await openAccount(ground.controlPlane(), ground.moto(), options);
    account = opened;
    await prepare?.(opened);
    const inventory = async () => [await opened.inventory(), await inventoryOfCluster(ground.controlPlane())];
    const before = await inventory();
    const stack = await ground.engine().newStack(name.replaceAll(/\W+/g, '-'), config, opened.environment);

    const refusal = await stack.up().then(
      () => 'none',
      (error: Error) => error.message,
    );

    for (const problem of wantProblems) expect(refusal).toMatch(problem);
    // Those who were asked are known; nothing of theirs is.
    expect((await stack.resources()).filter((urn) => !urn.includes('::pulumi:providers:'))).toEqual([]);
    expect(await inventory()).toEqual(before);
  },
  COMMAND_MS_MAX,
);
