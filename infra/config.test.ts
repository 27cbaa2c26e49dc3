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
        cluster: { mode: 'attach', name: 'demo' },
        discovery: { clusterTag: true, karpenterTag: false, subnetIds: [], securityGroupId: undefined },
        nodeRole: { name: 'KarpenterNodeRole-demo', instanceProfileName: 'KarpenterNodeInstanceProfile-demo' },
        nodeAccess: { mode: 'auto' },
        controllerRole: {
          name: 'KarpenterController-demo',
          policyName: 'KarpenterControllerPolicy-demo',
          oidcProvider: 'create',
        },
        interruption: { enabled: true, queueName: 'KarpenterInterruption-demo' },
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
    });
    expect(
      'config' in parsed && [parsed.config.discovery.karpenterTag, parsed.config.settings['aws.reservedENIs']],
    ).toEqual([true, '1']);
  });

  test('reports everything that is wrong at once, each with its path', () => {
    expect(
      problemsOf({
        cluster: { mode: 'create', name: 'a b' },
        discovery: { subnetIds: ['subnet-0a', 'vpc-1'], securityGroup: 'sg-1', clusterTag: 'yes' },
        nodeAccess: { mode: 'awsauth' },
        controllerRole: { oidcProvider: 'existing' },
        interruption: { queueName: 'demo.fifo' },
        settings: { 'aws.clusterName': 'other', batchIdleDurations: '2s' },
        tags: { 'aws:team': 'a' },
        clusters: {},
      }),
    ).toEqual([
      'cluster.mode: must be attach, is "create"',
      'cluster.name: must be the name of an EKS cluster, is "a b"',
      expect.stringMatching(/^clusters: is no section; there are cluster, /),
      `controllerRole.oidcProvider: must be 'create' or the ARN of an IAM OIDC provider, is "existing"`,
      'discovery.clusterTag: must be true or false, is "yes"',
      'discovery.securityGroup: is not known',
      'discovery.subnetIds[1]: must be a subnet id, as subnet-0abc, is "vpc-1"',
      'interruption.queueName: must be the name of an SQS queue, of at most 80 characters, is "demo.fifo"',
      'nodeAccess.mode: must be auto or accessEntry or awsAuth or none, is "awsauth"',
      'settings.aws.clusterName: is written by this program',
      expect.stringMatching(/^settings\.batchIdleDurations: is no setting; there are batchMaxDuration, /),
      'tags.aws:team: must be a tag key of at most 128 characters that does not begin with aws:',
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
});
