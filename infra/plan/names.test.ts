import { describe, expect, test } from '@jest/globals';
import { clusterScopedName, repositoryName } from './names.ts';

describe('a name in AWS', () => {
  test("is the page's where it fits", () => {
    expect(clusterScopedName('KarpenterNodeRole', 'demo')).toBe('KarpenterNodeRole-demo');
  });

  test('is cut to 64 characters, and still tells two clusters apart that begin alike', () => {
    const long = 'a-cluster-with-a-name-that-somebody-thought-about-for-long';
    const [one, two] = [
      clusterScopedName('KarpenterNodeRole', `${long}-1`),
      clusterScopedName('KarpenterNodeRole', `${long}-2`),
    ];
    expect([one.length, two.length]).toEqual([64, 64]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^KarpenterNodeRole-a-cluster-with-a-name-.*-[0-9a-f]{8}$/);
  });
});

describe('the name of the ECR repository', () => {
  test("holds the cluster's where ECR takes it", () => {
    expect(repositoryName('demo-1')).toBe('karpenter-gitops/demo-1');
  });

  test.each(['Demo', 'demo_', 'de--mo', '9_A-'])('spells %s as ECR does, and tells it from its like', (clusterName) => {
    const name = repositoryName(clusterName);
    expect(name).toMatch(/^karpenter-gitops\/[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{8}$/);
    expect(name).not.toBe(repositoryName(`${clusterName}-`));
  });
});
