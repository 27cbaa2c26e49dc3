import { describe, expect, test } from '@jest/globals';
import { nextSteps } from './next-steps.ts';

const OPTIONS = {
  clusterName: 'demo',
  region: 'us-east-1',
  nodeAccess: 'none',
  authenticationMode: 'API',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
  controllerRoleArn: 'arn:aws:iam::123456789012:role/KarpenterController-demo',
} as const;

describe('what is left to do by hand', () => {
  test('does not speak of joining where the nodes can', () => {
    expect(nextSteps({ ...OPTIONS, nodeAccess: 'accessEntry' })).not.toContain(OPTIONS.nodeRoleArn);
  });

  test('begins with an access entry where nobody has made one', () => {
    expect(nextSteps(OPTIONS)).toMatch(
      /^1\. Let the nodes join .*\n +aws eks create-access-entry .* --principal-arn arn:\S+Node\S+-demo\n2\. /,
    );
  });

  test('begins with aws-auth where the cluster asks nothing else', () => {
    const steps = nextSteps({ ...OPTIONS, authenticationMode: 'CONFIG_MAP' });
    expect(steps).toMatch(
      /^1\. Let the nodes join .*\n +eksctl create iamidentitymapping .* --cluster demo --arn arn:/,
    );
    expect(steps).toContain("--username 'system:node:{{EC2PrivateDNSName}}' --group system:bootstrappers");
  });
});
