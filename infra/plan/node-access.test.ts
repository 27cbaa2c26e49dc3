import { describe, expect, test } from '@jest/globals';
import { type AuthenticationMode, type NodeAccessMode, planNodeAccess } from './node-access.ts';

describe('how nodes get into the cluster', () => {
  test.each<[NodeAccessMode, AuthenticationMode, 'accessEntry' | 'none' | RegExp]>([
    ['auto', 'API', 'accessEntry'],
    ['auto', 'API_AND_CONFIG_MAP', 'accessEntry'],
    ['auto', 'CONFIG_MAP', /has no access entries .* update-cluster-config --name demo .* nodeAccess\.mode to none/],
    ['accessEntry', 'API', 'accessEntry'],
    ['accessEntry', 'API_AND_CONFIG_MAP', 'accessEntry'],
    ['accessEntry', 'CONFIG_MAP', /has no access entries/],
    ['awsAuth', 'API', /does not read aws-auth .* nodeAccess\.mode to auto/],
    ['awsAuth', 'API_AND_CONFIG_MAP', /nodeAccess\.mode to auto, or .* none/],
    ['awsAuth', 'CONFIG_MAP', /nodeAccess\.mode to none/],
    ['none', 'API', 'none'],
    ['none', 'CONFIG_MAP', 'none'],
  ])('%s in a cluster of mode %s: %s', (mode, authenticationMode, want) => {
    const plan = planNodeAccess({ mode, clusterName: 'demo', authenticationMode });
    expect(plan).toEqual(
      typeof want === 'string' ? { kind: want } : { kind: 'problem', message: expect.stringMatching(want) },
    );
  });
});
