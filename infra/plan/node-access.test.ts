import { describe, expect, test } from '@jest/globals';
import { type AuthenticationMode, type NodeAccess, type NodeAccessMode, planNodeAccess } from './node-access.ts';

describe('how nodes get into the cluster', () => {
  test.each<[NodeAccessMode, AuthenticationMode, NodeAccess | RegExp]>([
    ['auto', 'API', 'accessEntry'],
    ['auto', 'API_AND_CONFIG_MAP', 'accessEntry'],
    ['auto', 'CONFIG_MAP', 'awsAuth'],
    ['accessEntry', 'API', 'accessEntry'],
    ['accessEntry', 'API_AND_CONFIG_MAP', 'accessEntry'],
    ['accessEntry', 'CONFIG_MAP', /has no access entries .* auto or awsAuth.* update-cluster-config --name demo /],
    ['awsAuth', 'API', /does not read aws-auth .* auto or accessEntry/],
    ['awsAuth', 'API_AND_CONFIG_MAP', 'awsAuth'],
    ['awsAuth', 'CONFIG_MAP', 'awsAuth'],
    ['none', 'API', 'none'],
    ['none', 'CONFIG_MAP', 'none'],
  ])('%s in a cluster of mode %s: %s', (mode, authenticationMode, want) => {
    const plan = planNodeAccess({ mode, windows: false, clusterName: 'demo', authenticationMode });
    expect(plan).toEqual(
      typeof want === 'string'
        ? { kind: want }
        : { kind: 'problem', path: 'nodeAccess.mode', message: expect.stringMatching(want) },
    );
  });

  test('lets Windows nodes in by an access entry, and says so where there can be none', () => {
    const windows = { mode: 'auto', windows: true, clusterName: 'demo' } as const;
    expect(planNodeAccess({ ...windows, authenticationMode: 'API' })).toEqual({ kind: 'accessEntry' });
    expect(planNodeAccess({ ...windows, authenticationMode: 'CONFIG_MAP' })).toEqual({
      kind: 'problem',
      path: 'nodeAccess.windows',
      message: expect.stringMatching(/^needs access entries, .*authenticationMode=API_AND_CONFIG_MAP/),
    });
  });
});
