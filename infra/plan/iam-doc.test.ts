import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { controllerPolicy } from './iam-policy.ts';

const IAM_PAGE = readFileSync(new URL('../../docs/iam.md', import.meta.url), 'utf8');

test('docs/iam.md explains every statement of the policy, and no other, in the order of the policy', () => {
  const { Statement } = controllerPolicy({
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    region: 'us-east-1',
    accountId: '123456789012',
    clusterName: 'demo',
    clusterArn: 'arn:aws:eks:us-east-1:123456789012:cluster/demo',
    nodeRoleArn: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
    instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/KarpenterNodeInstanceProfile-demo',
    interruptionQueueArn: 'arn:aws:sqs:us-east-1:123456789012:KarpenterInterruption-demo',
    assumeRoleArn: 'arn:aws:iam::210987654321:role/buyer',
  });
  const explained = [...IAM_PAGE.matchAll(/^\| `(Allow\w+)` \|/gm)].map(([, sid]) => sid);
  expect(explained).toEqual(Statement.map(({ Sid }) => Sid));
});
