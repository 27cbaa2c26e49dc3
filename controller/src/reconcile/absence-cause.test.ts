import { describe, expect, test } from '@jest/globals';
import type { NodeAccess } from '../ports/cloud.ts';
import { absenceCause } from './absence-cause.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';

type Role = Extract<NodeAccess, { readonly kind: 'role' }>;
const role = (authenticationMode: Role['authenticationMode'], accessEntryType?: string): Role => ({
  kind: 'role',
  roleArn: ROLE_ARN,
  authenticationMode,
  accessEntryType,
});
const mapping = (roleArn: string) =>
  `- rolearn: ${roleArn}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n`;
const OTHERS = mapping('arn:aws:iam::123456789012:role/other');

describe('nothing keeps a node out', () => {
  test.each<[string, NodeAccess, string]>([
    ['whose role has an access entry for machines', role('API', 'EC2_LINUX'), ''],
    ['whose role has one, whatever aws-auth says', role('API_AND_CONFIG_MAP', 'EC2_WINDOWS'), OTHERS],
    ['whose role aws-auth maps', role('CONFIG_MAP'), OTHERS + mapping(ROLE_ARN)],
    ['whose role only aws-auth maps, where both count', role('API_AND_CONFIG_MAP'), mapping(ROLE_ARN)],
    ['whose role is written in capitals', role('CONFIG_MAP'), mapping(ROLE_ARN.toUpperCase())],
    ['whose role stands in quotes', role('CONFIG_MAP'), mapping(`"${ROLE_ARN}"`)],
    ['whose mapping is on one line', role('CONFIG_MAP'), `[{rolearn: ${ROLE_ARN}, username: x}]`],
    [
      'whose role has a path, which aws-auth does not know',
      { ...role('CONFIG_MAP'), roleArn: ROLE_ARN.replace('role/', 'role/team/search/') },
      mapping(ROLE_ARN),
    ],
  ])('%s', (_, access, mapRoles) => {
    expect(absenceCause({ access, mapRoles })).toBeUndefined();
  });
});

describe('a node is kept out', () => {
  test.each<[string, NodeAccess, string, string]>([
    ['by neither place knowing its role', role('API_AND_CONFIG_MAP'), OTHERS, 'neither an access entry nor a mapping'],
    ['by a missing entry, where aws-auth does not count', role('API'), mapping(ROLE_ARN), 'no access entry'],
    ['by a missing mapping, where entries do not count', role('CONFIG_MAP'), OTHERS, 'no mapping in aws-auth'],
    ['by a mapping that is a comment', role('CONFIG_MAP'), mapping(ROLE_ARN).replaceAll(/^/gm, '# '), 'no mapping'],
    ['by a mapping of a role that begins alike', role('CONFIG_MAP'), mapping(`${ROLE_ARN}-2`), 'no mapping'],
    [
      'by an entry for users, which hides the mapping',
      role('API_AND_CONFIG_MAP', 'STANDARD'),
      mapping(ROLE_ARN),
      'STANDARD',
    ],
  ])('%s', (_, access, mapRoles, wantWords) => {
    const cause = absenceCause({ access, mapRoles });
    expect(cause).toMatchObject({ code: 'NodeAccessMissing', message: expect.stringContaining(wantWords) });
    expect(cause?.message).toContain(ROLE_ARN);
  });

  test.each<[NodeAccess, RegExp]>([
    [{ kind: 'no-profile', instanceProfile: 'nodes' }, /instance profile "nodes" does not exist/],
    [{ kind: 'no-role', instanceProfile: 'nodes' }, /instance profile "nodes" holds no role/],
  ])('by its profile: %j', (access, wantMessage) => {
    const cause = absenceCause({ access, mapRoles: mapping(ROLE_ARN) });
    expect(cause).toMatchObject({ code: 'InstanceProfileNotFound', message: expect.stringMatching(wantMessage) });
  });
});
