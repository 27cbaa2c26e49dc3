import { describe, expect, test } from '@jest/globals';
import { MapRolesRefused } from './aws-auth.ts';
import {
  type AwsAuth,
  isMapped,
  MADE_ANNOTATION,
  type MappingState,
  planMapping,
  planUnmapping,
} from './aws-auth-change.ts';

const ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo-2';
const entry = (role: string) => `- rolearn: ${role}
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes
`;
const FOREIGN = `- rolearn: arn:aws:iam::123456789012:role/Admin
  username: admin
  groups: [system:masters]
`;

const configMap = (data: AwsAuth['data'], annotations?: Record<string, string>, uid = 'uid-1'): AwsAuth => ({
  metadata: { uid, resourceVersion: '7', ...(annotations && { annotations }) },
  ...(data && { data }),
});

/** The live ConfigMap after a change, as the server would make it; undefined when it is gone. */
function after(live: AwsAuth | undefined, change: ReturnType<typeof planUnmapping>): AwsAuth | undefined {
  if (change.kind === 'none') return live;
  if (change.kind === 'delete') return undefined;
  const body = change.body as AwsAuth;
  if (change.kind === 'create') return { ...body, metadata: { ...body.metadata, uid: 'uid-1', resourceVersion: '1' } };
  const annotations = withoutNulls({ ...live?.metadata.annotations, ...body.metadata.annotations });
  const data = withoutNulls({ ...live?.data, ...body.data });
  return configMap(data, Object.keys(annotations).length > 0 ? annotations : undefined, live?.metadata.uid);
}
const withoutNulls = (map: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null)) as Record<string, string>;

/** Maps the role; what the ConfigMap is then, and what is remembered. */
function mapped(
  live: AwsAuth | undefined,
  role = ROLE,
  previous?: MappingState,
): { live: AwsAuth; state: MappingState } {
  const { change, made } = planMapping(live, role, previous);
  const next = after(live, change) as AwsAuth;
  return { live: next, state: { roleArn: role, made, configMapUid: next.metadata.uid } };
}

describe('a mapping comes and goes without a trace', () => {
  test.each<[string, AwsAuth | undefined]>([
    ['where there is no ConfigMap', undefined],
    ['in a ConfigMap without data', configMap(undefined)],
    ['in a ConfigMap with users only', configMap({ mapUsers: '- userarn: a\n' })],
    ['beside roles of others', configMap({ mapRoles: FOREIGN, mapUsers: '[]' })],
    ['in an empty list', configMap({ mapRoles: '[]\n' })],
    ['in an empty text', configMap({ mapRoles: '' })],
    ['in a ConfigMap with annotations', configMap({ mapRoles: FOREIGN }, { 'eks.example/owner': 'them' })],
  ])('%s', (_where, before) => {
    const { live, state } = mapped(before);
    expect(isMapped(live, ROLE)).toBe(true);
    const left = after(live, planUnmapping(live, state));
    expect(left?.data ?? {}).toEqual(before?.data ?? {});
    expect(left?.metadata.annotations).toEqual(before?.metadata.annotations);
    expect(left === undefined).toBe(before === undefined);
  });
});

describe('what others have written stays', () => {
  test('an equal mapping that was there before is theirs when ours goes', () => {
    const before = configMap({ mapRoles: FOREIGN + entry(ROLE) });
    const { live, state } = mapped(before);
    expect(state.made).toBe('nothing');
    expect(planUnmapping(live, state)).toEqual({ kind: 'none' });
  });

  test('a ConfigMap that we made stays while others use it, without our entry', () => {
    const { live, state } = mapped(undefined);
    const shared = configMap({ mapRoles: (live.data?.mapRoles ?? '') + FOREIGN }, live.metadata.annotations);
    expect(after(shared, planUnmapping(shared, state))).toEqual(configMap({ mapRoles: FOREIGN }));
    const withUsers = configMap({ ...live.data, mapUsers: '[]' }, live.metadata.annotations);
    expect(after(withUsers, planUnmapping(withUsers, state))).toEqual(configMap({ mapUsers: '[]' }));
  });

  test('a ConfigMap that has taken the place of ours is not deleted', () => {
    const { state } = mapped(undefined);
    const theirs = configMap({ mapRoles: entry(ROLE) }, undefined, 'uid-2');
    expect(after(theirs, planUnmapping(theirs, state))).toEqual(configMap({ mapRoles: '' }, undefined, 'uid-2'));
  });

  test('an entry that they have taken out needs no second removal', () => {
    const { state } = mapped(configMap({ mapRoles: FOREIGN }));
    expect(planUnmapping(configMap({ mapRoles: FOREIGN }), state)).toEqual({ kind: 'none' });
    expect(planUnmapping(undefined, state)).toEqual({ kind: 'none' });
  });

  test.each([
    ['adding', (live: AwsAuth) => planMapping(live, ROLE)],
    ['removing', (live: AwsAuth) => planUnmapping(live, { roleArn: ROLE, made: 'entry', configMapUid: 'uid-1' })],
    ['looking', (live: AwsAuth) => isMapped(live, ROLE)],
  ])('a malformed text is refused for %s', (_what, act) => {
    expect(() => act(configMap({ mapRoles: 'rolearn: a\n' }))).toThrow(MapRolesRefused);
  });

  test('every write names what was read, and nothing but our two fields', () => {
    const { change } = planMapping(configMap({ mapRoles: FOREIGN, mapUsers: '[]' }), ROLE);
    expect(change).toEqual({
      kind: 'patch',
      body: {
        metadata: { uid: 'uid-1', resourceVersion: '7', annotations: { [MADE_ANNOTATION]: `entry ${ROLE}` } },
        data: { mapRoles: FOREIGN + entry(ROLE) },
      },
    });
  });
});

describe('a role takes the place of another', () => {
  test('in one write', () => {
    const first = mapped(configMap({ mapRoles: FOREIGN }));
    const second = mapped(first.live, OTHER_ROLE, first.state);
    expect(second.live.data?.mapRoles).toBe(FOREIGN + entry(OTHER_ROLE));
    expect(after(second.live, planUnmapping(second.live, second.state))).toEqual(configMap({ mapRoles: FOREIGN }));
  });

  test('and a ConfigMap that was made for the first goes with the second', () => {
    const first = mapped(undefined);
    const second = mapped(first.live, OTHER_ROLE, first.state);
    expect(planUnmapping(second.live, second.state).kind).toBe('delete');
  });

  test('and stays theirs where they have mapped it already', () => {
    const first = mapped(configMap({ mapRoles: entry(OTHER_ROLE) }));
    const second = mapped(first.live, OTHER_ROLE, first.state);
    expect(second).toEqual({
      live: configMap({ mapRoles: entry(OTHER_ROLE) }),
      state: { roleArn: OTHER_ROLE, made: 'nothing', configMapUid: 'uid-1' },
    });
  });
});

describe('a run that died after its write', () => {
  test.each<[string, AwsAuth | undefined]>([
    ['into no ConfigMap', undefined],
    ['into one without roles', configMap({ mapUsers: '[]' })],
    ['beside others', configMap({ mapRoles: FOREIGN })],
  ])('%s is taken up by the next one, which knows its own work', (_where, before) => {
    const first = mapped(before);
    const again = mapped(first.live);
    expect(again).toEqual(first);
  });

  test('of another role is taken up by the same update', () => {
    const first = mapped(configMap({ mapRoles: FOREIGN }));
    const second = mapped(first.live, OTHER_ROLE, first.state);
    expect(mapped(second.live, OTHER_ROLE, first.state)).toEqual(second);
  });

  test('is not needed to repair an entry that somebody took out of a ConfigMap of ours', () => {
    const first = mapped(undefined);
    const emptied = configMap({ mapRoles: '' }, first.live.metadata.annotations);
    const repaired = mapped(emptied);
    expect(repaired.live.data?.mapRoles).toBe(entry(ROLE));
    expect(planUnmapping(repaired.live, repaired.state).kind).toBe('delete');
  });
});
