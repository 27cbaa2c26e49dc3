import { describe, expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';

const parse = (sections: Readonly<Record<string, unknown>>) =>
  parseConfig(Object.fromEntries(Object.entries(sections).map(([name, value]) => [name, JSON.stringify(value)])));

const problemsOf = (sections: Readonly<Record<string, unknown>>) => {
  const parsed = parse(sections);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('the configuration', () => {
  test('needs a cluster name and nothing else', () => {
    expect(parse({ cluster: { name: 'demo' } })).toEqual({
      config: {
        cluster: { mode: 'attach', name: 'demo', version: undefined, subnetIds: [] },
        discovery: { clusterTag: true, karpenterTag: false, subnetIds: [], securityGroupId: undefined },
        nodeRole: { name: 'KarpenterNodeRole-demo', instanceProfileName: 'KarpenterNodeInstanceProfile-demo' },
        nodeAccess: { mode: 'auto', windows: false },
        controllerRole: {
          name: 'KarpenterController-demo',
          policyName: 'KarpenterControllerPolicy-demo',
          identity: 'irsa',
          oidcProvider: 'create',
        },
        spot: { serviceLinkedRole: 'existing' },
        interruption: { enabled: true, queueName: 'KarpenterInterruption-demo' },
        image: {
          mode: 'none',
          ref: undefined,
          baseImage: undefined,
          bundleFolder: 'dist',
          repositoryName: 'karpenter-gitops/demo',
        },
        gitops: {
          engine: 'none',
          repositoryUrl: undefined,
          revision: 'main',
          secretName: undefined,
          overlay: 'dev',
          namespace: undefined,
        },
        teardown: { drainLimitSeconds: 900 },
        settings: {},
        tags: {},
      },
    });
  });

  test('cannot be changed once it is read', () => {
    const parsed = parse({ cluster: { name: 'demo' }, tags: { team: 'a' } });
    expect('config' in parsed && Object.isFrozen(parsed.config.tags)).toBe(true);
  });

  test('takes the texts that `pulumi config set` writes for booleans and numbers', () => {
    const parsed = parse({
      cluster: { name: 'demo' },
      discovery: { karpenterTag: 'true' },
      settings: { 'aws.reservedENIs': 1 },
      teardown: { drainLimitSeconds: '60' },
    });
    expect(
      'config' in parsed && [
        parsed.config.discovery.karpenterTag,
        parsed.config.settings['aws.reservedENIs'],
        parsed.config.teardown.drainLimitSeconds,
      ],
    ).toEqual([true, '1', 60]);
  });

  test('reports everything that is wrong at once, each with its path', () => {
    expect(
      problemsOf({
        cluster: { mode: 'adopt', name: 'a b' },
        discovery: { subnetIds: ['subnet-0a', 'vpc-1'], securityGroup: 'sg-1', clusterTag: 'yes' },
        nodeAccess: { mode: 'awsauth' },
        controllerRole: { oidcProvider: 'existing' },
        interruption: { queueName: 'demo.fifo' },
        image: { mode: 'existing', ref: 'registry.example/controller:latest' },
        gitops: { engine: 'flux', repositoryUrl: 'https://user:token@git.example/infra' },
        teardown: { drainLimitSeconds: -1 },
        settings: { 'aws.clusterName': 'other', batchIdleDurations: '2s' },
        tags: { 'aws:team': 'a' },
        clusters: {},
      }),
    ).toEqual([
      'cluster.mode: must be attach or create, is "adopt"',
      'cluster.name: must be the name of an EKS cluster, is "a b"',
      expect.stringMatching(/^clusters: is no section; there are cluster, /),
      `controllerRole.oidcProvider: must be 'create' or the ARN of an IAM OIDC provider, is "existing"`,
      'discovery.clusterTag: must be true or false, is "yes"',
      'discovery.securityGroup: is not known',
      'discovery.subnetIds[1]: must be a subnet id, as subnet-0abc, is "vpc-1"',
      expect.stringMatching(
        /^gitops\.repositoryUrl: must be the URL of a git repository: https:\/\/ without credentials/,
      ),
      expect.stringMatching(/^image\.ref: must be an image with its digest/),
      'interruption.queueName: must be the name of an SQS queue, of at most 80 characters, is "demo.fifo"',
      'nodeAccess.mode: must be auto or accessEntry or awsAuth or none, is "awsauth"',
      'settings.aws.clusterName: is written by this program',
      expect.stringMatching(/^settings\.batchIdleDurations: is no setting; there are batchMaxDuration, /),
      'tags.aws:team: must be a tag key of at most 128 characters that does not begin with aws:',
      'teardown.drainLimitSeconds: must be a whole number from 0 to 86400, is -1',
    ]);
  });

  test('says that the cluster name is missing, and that a text is no section', () => {
    expect(parseConfig({ nodeRole: 'KarpenterNodeRole' })).toEqual({
      problems: [
        { path: 'cluster.name', message: 'is required: the name of an EKS cluster' },
        { path: 'nodeRole', message: 'must be an object, is "KarpenterNodeRole"' },
      ],
    });
  });

  const IMAGE = `registry.example/controller@sha256:${'0'.repeat(64)}`;
  const OIDC_ARN = 'arn:aws:iam::123456789012:oidc-provider/oidc.example';

  test.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    [
      'a new cluster in no subnets, with a provider that it cannot have yet',
      { cluster: { name: 'demo', mode: 'create' }, controllerRole: { oidcProvider: OIDC_ARN } },
      [
        'cluster.subnetIds: must list at least 2 when cluster.mode is create',
        'controllerRole.oidcProvider: must be create when cluster.mode is create: no provider can be there before the cluster',
      ],
    ],
    [
      'an attached cluster that shall be made in some way',
      { cluster: { name: 'demo', version: '1.33', subnetIds: ['subnet-0a'] } },
      [
        'cluster.subnetIds: has no effect unless cluster.mode is create',
        'cluster.version: has no effect unless cluster.mode is create',
      ],
    ],
    [
      'Windows nodes by aws-auth',
      { cluster: { name: 'demo' }, nodeAccess: { mode: 'awsAuth', windows: true } },
      ['nodeAccess.windows: needs access entries, which nodeAccess.mode awsAuth rules out'],
    ],
    [
      'Pod Identity with a provider for IRSA',
      { cluster: { name: 'demo' }, controllerRole: { identity: 'podIdentity', oidcProvider: OIDC_ARN } },
      ['controllerRole.oidcProvider: has no effect unless controllerRole.identity is irsa'],
    ],
    [
      'an engine without repository and image',
      { cluster: { name: 'demo' }, gitops: { engine: 'argocd', secretName: 'git' } },
      [
        'gitops.repositoryUrl: is required when gitops.engine is argocd',
        'gitops.secretName: has no effect unless gitops.engine is flux',
        'image.mode: must be existing or build when gitops.engine is argocd',
      ],
    ],
    [
      'a repository without engine',
      { cluster: { name: 'demo' }, gitops: { repositoryUrl: 'https://git.example/infra', namespace: 'argocd' } },
      [
        'gitops.namespace: has no effect while gitops.engine is none',
        'gitops.repositoryUrl: has no effect while gitops.engine is none',
      ],
    ],
    [
      'an image that exists but is not named, on a base',
      { cluster: { name: 'demo' }, image: { mode: 'existing', baseImage: IMAGE } },
      [
        'image.baseImage: has no effect unless image.mode is build',
        'image.ref: is required when image.mode is existing',
      ],
    ],
    [
      'an image to build from nothing, and by another name',
      { cluster: { name: 'demo' }, image: { mode: 'build', ref: IMAGE } },
      [
        'image.baseImage: is required when image.mode is build',
        'image.ref: has no effect unless image.mode is existing',
      ],
    ],
  ])('has no room for %s', (_what, sections, want) => {
    expect(problemsOf(sections)).toEqual(want);
  });

  test('does not complain of what follows from another mistake', () => {
    expect(problemsOf({ cluster: { name: 'demo', mode: 'create', subnetIds: ['vpc-1', 'vpc-2'] } })).toEqual([
      'cluster.subnetIds[0]: must be a subnet id, as subnet-0abc, is "vpc-1"',
      'cluster.subnetIds[1]: must be a subnet id, as subnet-0abc, is "vpc-2"',
    ]);
  });
});
