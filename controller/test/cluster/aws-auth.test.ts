import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsAuthMapping } from '../../../infra/provider/aws-auth-mapping.ts';
import type { Operation, Properties } from '../../../infra/provider/resource-kind.ts';
import { type ApiFront, startApiFront } from '../api-front.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

const START_MS_MAX = 120_000;
const FOREIGN_COUNT = 50;
const CONFIG_MAPS = '/api/v1/namespaces/kube-system/configmaps';
const AWS_AUTH = `${CONFIG_MAPS}/aws-auth`;
const ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo-2';

/** Fifty entries as people and tools write them: block and flow style, comments, odd indentation, other key orders. */
const FOREIGN = `# who may enter: ask the platform team
${Array.from({ length: FOREIGN_COUNT }, (_, index) => foreignEntry(index)).join('')}`;
const LATER_ENTRY =
  '- {rolearn: "arn:aws:iam::123456789012:role/Later", username: later, groups: [viewers]} # by hand\n';

function foreignEntry(index: number): string {
  const arn = `arn:aws:iam::123456789012:role/Team-${index}`;
  const styles = [
    `- groups:\n  - system:masters\n  rolearn: ${arn}\n  username: team-${index}\n`,
    `- {rolearn: '${arn}', username: "team-${index}", groups: [viewers,  editors]}   # flow\n`,
    `-   rolearn: ${arn}\n    username: >-\n      team-${index}\n    groups: []\n\n`,
    `# team ${index}\n- rolearn:  ${arn}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups:\n      - system:nodes\n`,
  ];
  return styles[index % styles.length] as string;
}

describe('one mapping in aws-auth on a real kube-apiserver', () => {
  let controlPlane: ControlPlane;
  let front: ApiFront;
  /** What happens between what the mapping has read and its write. */
  let beforeWrite: () => Promise<void>;
  const operation: Operation = { signal: new AbortController().signal, progress: () => {}, warn: () => {} };

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    front = await startApiFront(controlPlane, ({ method }) => (method === 'GET' ? Promise.resolve() : beforeWrite()));
  }, START_MS_MAX);

  afterAll(async () => {
    await front?.close();
    await controlPlane?.stop();
  });

  beforeEach(async () => {
    beforeWrite = () => Promise.resolve();
    await controlPlane.request('DELETE', AWS_AUTH);
  });

  const request = (method: string, path: string, body?: unknown) => controlPlane.request(method, path, body);
  const inputs = (roleArn = ROLE): Properties => ({ kubeconfig: front.kubeconfig, roleArn });
  const create = async (roleArn?: string): Promise<Properties> => ({
    ...inputs(roleArn),
    ...(await awsAuthMapping.create(inputs(roleArn), operation)).state,
  });
  const seed = (data: Record<string, string>) =>
    request('POST', CONFIG_MAPS, { metadata: { name: 'aws-auth', namespace: 'kube-system' }, data });
  const live = async () => (await request('GET', AWS_AUTH)).body as { data?: Record<string, string>; metadata: object };
  const edit = (change: (text: string) => string) => async () => {
    const data = { mapRoles: change((await live()).data?.mapRoles ?? '') };
    await request('PATCH', AWS_AUTH, { data });
  };
  const once = (act: () => Promise<void>) => {
    beforeWrite = async () => {
      beforeWrite = () => Promise.resolve();
      await act();
    };
  };

  test('comes, moves to another role and goes among fifty entries of others, who write at the same time', async () => {
    await seed({ mapRoles: FOREIGN, mapUsers: '[]\n' });
    const before = await live();

    once(edit((text) => text + LATER_ENTRY));
    const created = await create();
    const withMapping = (await live()).data?.mapRoles ?? '';
    expect(withMapping.startsWith(FOREIGN + LATER_ENTRY)).toBe(true);
    expect(withMapping.slice((FOREIGN + LATER_ENTRY).length)).toContain(ROLE);

    once(edit((text) => text.replace(LATER_ENTRY, '')));
    const state = await awsAuthMapping.update(created, inputs(OTHER_ROLE), operation);
    const moved = (await live()).data?.mapRoles ?? '';
    expect(moved.startsWith(FOREIGN)).toBe(true);
    expect(moved).toContain(`- rolearn: ${OTHER_ROLE}\n`);
    expect(moved).not.toContain(`- rolearn: ${ROLE}\n`);

    once(edit((text) => LATER_ENTRY + text));
    await awsAuthMapping.delete({ ...inputs(OTHER_ROLE), ...state }, operation);
    expect((await live()).data).toEqual({ mapRoles: LATER_ENTRY + FOREIGN, mapUsers: '[]\n' });

    await edit((text) => text.replace(LATER_ENTRY, ''))();
    expect((await live()).data).toEqual(before.data);
    expect(Object.keys((await live()).metadata).sort()).toEqual(Object.keys(before.metadata).sort());
  });

  test('gives up against somebody who never rests, and has overwritten nothing', async () => {
    await seed({ mapRoles: FOREIGN });
    let edits = 0;
    beforeWrite = async () => edit((text) => `${text}# edit ${++edits}\n`)();
    await expect(create()).rejects.toThrow(/aws-auth was changed by others/);
    const remarks = Array.from({ length: edits }, (_, index) => `# edit ${index + 1}\n`).join('');
    expect((await live()).data?.mapRoles).toBe(FOREIGN + remarks);
  });

  test('is added to a ConfigMap that somebody makes at the same moment', async () => {
    once(async () => void (await seed({ mapRoles: FOREIGN })));
    const state = await create();
    expect((await live()).data?.mapRoles).toMatch(new RegExp(`^${FOREIGN.slice(0, 20)}[^]*${ROLE}`));
    await awsAuthMapping.delete(state, operation);
    expect((await live()).data).toEqual({ mapRoles: FOREIGN });
  });

  test('takes the ConfigMap with it only while nobody else uses it', async () => {
    const state = await create();
    once(edit((text) => text + LATER_ENTRY));
    await awsAuthMapping.delete(state, operation);
    expect((await live()).data).toEqual({ mapRoles: LATER_ENTRY });

    await request('DELETE', AWS_AUTH);
    await awsAuthMapping.delete(await create(), operation);
    expect((await request('GET', AWS_AUTH)).status).toBe(404);
  });

  test('is found missing when somebody has taken it out, and comes back', async () => {
    await seed({ mapRoles: FOREIGN });
    const state = await create();
    expect(await awsAuthMapping.read(state, operation)).toEqual({ made: 'entry', configMapUid: state.configMapUid });
    await request('PATCH', AWS_AUTH, { data: { mapRoles: FOREIGN } });
    expect(await awsAuthMapping.read(state, operation)).toBeUndefined();
    await awsAuthMapping.delete(await create(), operation);
    expect((await live()).data).toEqual({ mapRoles: FOREIGN });
  });

  test('refuses a malformed text by its path, and changes nothing', async () => {
    await seed({ mapRoles: '- rolearn: [\n' });
    const before = await live();
    await expect(create()).rejects.toThrow(
      'ConfigMap kube-system/aws-auth, data.mapRoles was left as it is: it is no valid YAML',
    );
    expect(await live()).toEqual(before);
  });

  test('says so when the ConfigMap may not be changed at all', async () => {
    await request('POST', CONFIG_MAPS, {
      metadata: { name: 'aws-auth', namespace: 'kube-system' },
      data: { mapRoles: FOREIGN },
      immutable: true,
    });
    await expect(create()).rejects.toThrow(/PATCH .*aws-auth: 422 .*immutable/);
  });
});
