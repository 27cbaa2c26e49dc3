import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNTS, type Account } from './account.ts';

const START_MS_MAX = 120_000;
// moto loads a service at the first request for it.
jest.setTimeout(60_000);
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const permission = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const decoded = (document: string | undefined): unknown => JSON.parse(decodeURIComponent(document ?? ''));

describe.each(ACCOUNTS)('IAM of %s', (_name, open) => {
  let account: Account;
  beforeAll(async () => {
    account = await open();
  }, START_MS_MAX);
  afterAll(() => account?.close());

  test('a role is created once, read back, given another trust, and goes when nothing holds it', async () => {
    const { iam } = account;
    const created = await iam.send(
      new CreateRoleCommand({
        RoleName: 'node',
        AssumeRolePolicyDocument: TRUST,
        Description: 'of nodes',
        Tags: [{ Key: 'team', Value: 'a' }],
      }),
    );
    expect(created.Role).toMatchObject({ RoleName: 'node', Arn: 'arn:aws:iam::123456789012:role/node', Path: '/' });
    await expect(
      iam.send(new CreateRoleCommand({ RoleName: 'node', AssumeRolePolicyDocument: TRUST })),
    ).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    const other = TRUST.replace('ec2.amazonaws.com', 'eks.amazonaws.com');
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'node', PolicyDocument: other }));
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: 'node' }));
    expect(role).toMatchObject({
      RoleId: created.Role?.RoleId,
      Description: 'of nodes',
      MaxSessionDuration: 3600,
      Tags: [{ Key: 'team', Value: 'a' }],
      CreateDate: expect.any(Date),
    });
    expect(decoded(role?.AssumeRolePolicyDocument)).toEqual(JSON.parse(other));
    await iam.send(new DeleteRoleCommand({ RoleName: 'node' }));
    await expect(iam.send(new GetRoleCommand({ RoleName: 'node' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('tags of a role are added, changed and removed one by one', async () => {
    const { iam } = account;
    await iam.send(new CreateRoleCommand({ RoleName: 'tagged', AssumeRolePolicyDocument: TRUST }));
    await iam.send(
      new TagRoleCommand({
        RoleName: 'tagged',
        Tags: [
          { Key: 'team', Value: 'a' },
          { Key: 'env', Value: 'dev' },
        ],
      }),
    );
    await iam.send(new TagRoleCommand({ RoleName: 'tagged', Tags: [{ Key: 'env', Value: 'prod' }] }));
    await iam.send(new UntagRoleCommand({ RoleName: 'tagged', TagKeys: ['team', 'absent'] }));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: 'tagged' }))).Tags).toEqual([
      { Key: 'env', Value: 'prod' },
    ]);
    await iam.send(new DeleteRoleCommand({ RoleName: 'tagged' }));
  });

  test('documents that are no policy are refused', async () => {
    const { iam } = account;
    for (const document of ['{', '{"Version":"2012-10-17"}', permission('s3:GetObject').replace('Allow', 'Perhaps')]) {
      await expect(
        iam.send(new CreatePolicyCommand({ PolicyName: 'broken', PolicyDocument: document })),
      ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    }
  });

  test('a role that a policy or an instance profile still needs cannot be deleted', async () => {
    const { iam } = account;
    const policyArn = 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy';
    const held = { RoleName: 'held', InstanceProfileName: 'held-profile' };
    const conflict = { name: 'DeleteConflictException', $metadata: { httpStatusCode: 409 } };
    await iam.send(new CreateRoleCommand({ RoleName: 'held', AssumeRolePolicyDocument: TRUST }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'held', PolicyArn: policyArn }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'held', PolicyArn: policyArn }));
    const { AttachedPolicies: attached } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'held' }));
    expect(attached).toEqual([{ PolicyName: 'AmazonEKSWorkerNodePolicy', PolicyArn: policyArn }]);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: 'held' }))).PolicyNames).toEqual([]);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'held' }))).rejects.toMatchObject(conflict);
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'held', PolicyArn: policyArn }));

    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'held-profile' }));
    await iam.send(new AddRoleToInstanceProfileCommand(held));
    await expect(iam.send(new AddRoleToInstanceProfileCommand(held))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'held' }))).rejects.toMatchObject(conflict);
    await expect(
      iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'held-profile' })),
    ).rejects.toMatchObject(conflict);
    await iam.send(new RemoveRoleFromInstanceProfileCommand(held));
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'held-profile' }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'held' }));
  });

  test('what is not there cannot be attached or detached', async () => {
    const { iam } = account;
    const unknown = { RoleName: 'loose', PolicyArn: 'arn:aws:iam::123456789012:policy/nobody' };
    await iam.send(new CreateRoleCommand({ RoleName: 'loose', AssumeRolePolicyDocument: TRUST }));
    const missing = { name: 'NoSuchEntityException' };
    await expect(iam.send(new AttachRolePolicyCommand(unknown))).rejects.toMatchObject(missing);
    await expect(iam.send(new DetachRolePolicyCommand(unknown))).rejects.toMatchObject(missing);
    await iam.send(new DeleteRoleCommand({ RoleName: 'loose' }));
  });

  test('an instance profile shows its role, its tags, and is found by the role', async () => {
    const { iam } = account;
    const names = { RoleName: 'carried', InstanceProfileName: 'carrier' };
    await iam.send(new CreateRoleCommand({ RoleName: 'carried', AssumeRolePolicyDocument: TRUST }));
    await iam.send(
      new CreateInstanceProfileCommand({ InstanceProfileName: 'carrier', Tags: [{ Key: 'team', Value: 'a' }] }),
    );
    await iam.send(
      new TagInstanceProfileCommand({ InstanceProfileName: 'carrier', Tags: [{ Key: 'env', Value: 'dev' }] }),
    );
    await iam.send(new AddRoleToInstanceProfileCommand(names));
    const { InstanceProfile: profile } = await iam.send(new GetInstanceProfileCommand(names));
    expect(profile).toMatchObject({
      Arn: 'arn:aws:iam::123456789012:instance-profile/carrier',
      Roles: [{ RoleName: 'carried', Arn: 'arn:aws:iam::123456789012:role/carried' }],
    });
    expect(profile?.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'env', Value: 'dev' },
        { Key: 'team', Value: 'a' },
      ]),
    );
    const { InstanceProfiles: found } = await iam.send(new ListInstanceProfilesForRoleCommand(names));
    expect(found?.map(({ InstanceProfileName }) => InstanceProfileName)).toEqual(['carrier']);
    await iam.send(new RemoveRoleFromInstanceProfileCommand(names));
    expect((await iam.send(new GetInstanceProfileCommand(names))).InstanceProfile?.Roles).toEqual([]);
    await iam.send(new DeleteInstanceProfileCommand(names));
    await iam.send(new DeleteRoleCommand(names));
    await expect(iam.send(new GetInstanceProfileCommand(names))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  test('a policy has up to five versions, of which one counts, and goes when it is attached nowhere', async () => {
    const { iam } = account;
    const { Policy: policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: 'controller',
        PolicyDocument: permission('ec2:Describe*'),
        Description: 'of the controller',
        Tags: [{ Key: 'team', Value: 'a' }],
      }),
    );
    const named = { PolicyArn: policy?.Arn ?? '' };
    expect(named.PolicyArn).toBe('arn:aws:iam::123456789012:policy/controller');
    for (let n = 2; n <= 5; n++) {
      const document = permission(`ec2:Action${n}`);
      await iam.send(new CreatePolicyVersionCommand({ ...named, PolicyDocument: document, SetAsDefault: n === 3 }));
    }
    const sixth = new CreatePolicyVersionCommand({ ...named, PolicyDocument: permission('ec2:Action6') });
    await expect(iam.send(sixth)).rejects.toMatchObject({ name: 'LimitExceededException' });
    expect((await iam.send(new GetPolicyCommand(named))).Policy).toMatchObject({
      DefaultVersionId: 'v3',
      AttachmentCount: 0,
      Description: 'of the controller',
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const { PolicyVersion: third } = await iam.send(new GetPolicyVersionCommand({ ...named, VersionId: 'v3' }));
    expect(third).toMatchObject({ VersionId: 'v3', IsDefaultVersion: true });
    expect(decoded(third?.Document)).toEqual(JSON.parse(permission('ec2:Action3')));
    const defaultVersion = new DeletePolicyVersionCommand({ ...named, VersionId: 'v3' });
    await expect(iam.send(defaultVersion)).rejects.toMatchObject({ name: 'DeleteConflictException' });
    for (const VersionId of ['v1', 'v2', 'v4', 'v5']) {
      await iam.send(new DeletePolicyVersionCommand({ ...named, VersionId }));
    }
    const { Versions: left } = await iam.send(new ListPolicyVersionsCommand(named));
    expect(left?.map(({ VersionId }) => VersionId)).toEqual(['v3']);
    await iam.send(new TagPolicyCommand({ ...named, Tags: [{ Key: 'env', Value: 'dev' }] }));

    await iam.send(new CreateRoleCommand({ RoleName: 'user', AssumeRolePolicyDocument: TRUST }));
    await iam.send(new AttachRolePolicyCommand({ ...named, RoleName: 'user' }));
    expect((await iam.send(new GetPolicyCommand(named))).Policy?.AttachmentCount).toBe(1);
    await iam.send(new DetachRolePolicyCommand({ ...named, RoleName: 'user' }));
    await iam.send(new DeletePolicyCommand(named));
    await iam.send(new DeleteRoleCommand({ RoleName: 'user' }));
    await expect(iam.send(new GetPolicyCommand(named))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  test('an issuer has one provider', async () => {
    const { iam } = account;
    const provider = {
      Url: 'https://oidc.eks.us-east-1.amazonaws.com/id/ABC',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
      Tags: [{ Key: 'team', Value: 'a' }],
    };
    const { OpenIDConnectProviderArn: arn } = await iam.send(new CreateOpenIDConnectProviderCommand(provider));
    expect(arn).toBe('arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC');
    await expect(iam.send(new CreateOpenIDConnectProviderCommand(provider))).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
    });
    const named = { OpenIDConnectProviderArn: arn ?? '' };
    await iam.send(new TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'team', Value: 'b' }] }));
    expect(await iam.send(new GetOpenIDConnectProviderCommand(named))).toMatchObject({
      Url: 'oidc.eks.us-east-1.amazonaws.com/id/ABC',
      ClientIDList: provider.ClientIDList,
      ThumbprintList: provider.ThumbprintList,
      Tags: [{ Key: 'team', Value: 'b' }],
    });
    await iam.send(new DeleteOpenIDConnectProviderCommand(named));
    await expect(iam.send(new GetOpenIDConnectProviderCommand(named))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });
});
