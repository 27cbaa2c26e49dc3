import { describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT, type Answers, cluster, DEMO_ACCOUNT, DIGEST, ISSUER, runProgram } from './mocked-program.ts';

// The first run loads the SDK of all of AWS, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const DEMO = { cluster: { name: 'demo' } };
const absent = () => {
  throw new Error("couldn't find resource");
};

/** How the program ends, and what it has registered by then. */
async function failureOf(config: Readonly<Record<string, unknown>>, answers: Answers = {}): Promise<string> {
  try {
    const run = await runProgram({ config, answers: { ...DEMO_ACCOUNT, ...answers } });
    return `none, with ${run.resources.length} resources`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('before a resource is registered the program ends when', () => {
  test('the configuration is wrong, with everything that is wrong', async () => {
    const message = await failureOf({ cluster: { name: 'a b' }, gitops: { engine: 'argo' } });
    expect(message).toMatch(/configuration of stack dev is wrong:\n {2}cluster\.name: .*\n {2}gitops\.engine: /);
  });

  test('the cluster is unknown', async () => {
    expect(await failureOf(DEMO, { 'aws:eks/getCluster:getCluster': absent })).toMatch(
      /^cluster\.name: cluster demo in us-east-1 cannot be read: /,
    );
  });

  test('a listed subnet is unknown', async () => {
    expect(
      await failureOf({ ...DEMO, discovery: { subnetIds: ['subnet-0f'] } }, { 'aws:ec2/getSubnet:getSubnet': absent }),
    ).toMatch(/^discovery\.subnetIds: subnet subnet-0f cannot be read/);
  });

  test('the cluster has public subnets alone and none is listed', async () => {
    const isPublic = { tags: {}, mapPublicIpOnLaunch: true, availableIpAddressCount: 9 };
    expect(await failureOf(DEMO, { 'aws:ec2/getSubnet:getSubnet': ({ id }) => ({ id, ...isPublic }) })).toMatch(
      /^discovery\.subnetIds: cluster demo has no private subnet/,
    );
  });

  test("a new cluster's subnets lie in two VPCs", async () => {
    const create = { cluster: { name: 'demo', mode: 'create', subnetIds: ['subnet-0a', 'subnet-0b'] } };
    expect(
      await failureOf(create, {
        'aws:ec2/getSubnet:getSubnet': ({ id }) => ({ id, tags: {}, vpcId: `vpc-of-${id}` }),
      }),
    ).toBe('cluster.subnetIds: must lie in one VPC, not in vpc-of-subnet-0a and vpc-of-subnet-0b');
  });

  test('the account or the checkout cannot have what is asked for, with everything at once', async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
    const message = await failureOf(
      {
        ...DEMO,
        nodeAccess: { mode: 'accessEntry' },
        spot: { serviceLinkedRole: 'create' },
        image: { mode: 'build', baseImage: `node@${DIGEST}`, bundleFolder: 'no/such/folder' },
      },
      {
        'aws:eks/getCluster:getCluster': () => cluster('CONFIG_MAP'),
        'aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider': () => ({ arn, tags: {} }),
        'aws:iam/getRole:getRole': () => ({ tags: {} }),
      },
    );
    expect(message.split('\n')).toEqual([
      'stack dev cannot be brought up as configured:',
      expect.stringMatching(/^ {2}nodeAccess\.mode: cluster demo has no access entries/),
      `  controllerRole.oidcProvider: the account has a provider for the cluster's issuer already: set it to ${arn}`,
      '  spot.serviceLinkedRole: the account has the role AWSServiceRoleForEC2Spot already: set it to existing',
      '  image.mode: there is no bundle in no/such/folder to build from: run `npm run bundle`',
    ]);
  });
});

describe('what this stack has made before', () => {
  test('is no obstacle to the next run', async () => {
    const ours = { tags: { 'karpenter-gitops/made-by': 'karpenter-gitops/dev' } };
    expect(
      await failureOf(
        { ...DEMO, spot: { serviceLinkedRole: 'create' } },
        {
          'aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider': () => ours,
          'aws:iam/getRole:getRole': () => ours,
        },
      ),
    ).toMatch(/^none, with \d+ resources$/);
  });
});

describe('a preview warns', () => {
  test('of public subnets, few addresses, and an account in which no spot instance can start', async () => {
    const { warnings } = await runProgram({
      config: { ...DEMO, discovery: { subnetIds: ['subnet-0c'] } },
      answers: {
        ...DEMO_ACCOUNT,
        'aws:ec2/getSubnet:getSubnet': ({ id }) => ({
          id,
          tags: {},
          mapPublicIpOnLaunch: true,
          availableIpAddressCount: 3,
        }),
        'aws:iam/getRole:getRole': absent,
      },
      preview: true,
    });
    expect(warnings).toEqual([
      expect.stringMatching(/no role AWSServiceRoleForEC2Spot/),
      expect.stringMatching(/subnet-0c gives its instances public addresses/),
      expect.stringMatching(/subnet-0c has only 3 free addresses/),
    ]);
  });
});
