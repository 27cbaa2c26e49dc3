import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT, type Answers, cluster, DEMO_ACCOUNT, DIGEST, type ProgramRun, runProgram } from './mocked-program.ts';
import { stackProblems } from './plan/stack-checks.ts';

// The first run loads the SDK of all of AWS, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const bundleFolder = mkdtempSync(join(tmpdir(), 'bundle-'));
writeFileSync(join(bundleFolder, 'main.js'), '');
afterAll(() => rmSync(bundleFolder, { recursive: true }));

const EXISTING_IMAGE = { mode: 'existing', ref: `registry.example/controller:1.0@${DIGEST}` };
const REPOSITORY = { repositoryUrl: 'https://git.example/infra' };
const NEW_CLUSTER = { name: 'demo', mode: 'create', subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'] };

interface Variant {
  readonly config: Readonly<Record<string, unknown>>;
  readonly answers?: Answers;
  readonly nodeAccess: 'accessEntry' | 'awsAuth' | 'none';
}

const VARIANTS = {
  'everything by default': { config: { cluster: { name: 'demo' } }, nodeAccess: 'accessEntry' },
  'aws-auth, Argo CD and an image that exists': {
    config: {
      cluster: { name: 'demo' },
      discovery: { karpenterTag: true },
      settings: { 'aws.assumeRoleARN': `arn:aws:iam::${ACCOUNT}:role/Buyer` },
      image: EXISTING_IMAGE,
      gitops: { engine: 'argocd', overlay: 'prod', ...REPOSITORY },
    },
    answers: { ...DEMO_ACCOUNT, 'aws:eks/getCluster:getCluster': () => cluster('CONFIG_MAP') },
    nodeAccess: 'awsAuth',
  },
  'Flux, Pod Identity and the spot role': {
    config: {
      cluster: { name: 'demo' },
      image: EXISTING_IMAGE,
      controllerRole: { identity: 'podIdentity' },
      spot: { serviceLinkedRole: 'create' },
      gitops: { engine: 'flux', secretName: 'git-token', ...REPOSITORY },
    },
    answers: {
      ...DEMO_ACCOUNT,
      'aws:iam/getRole:getRole': () => {
        throw new Error('not found');
      },
    },
    nodeAccess: 'accessEntry',
  },
  'a new cluster, Flux and an image that is built': {
    config: {
      cluster: NEW_CLUSTER,
      discovery: { karpenterTag: true },
      image: { mode: 'build', baseImage: `registry.example/node:24@${DIGEST}`, bundleFolder },
      gitops: { engine: 'flux', ...REPOSITORY },
    },
    nodeAccess: 'accessEntry',
  },
  'Windows nodes and no interruption queue': {
    config: { cluster: { name: 'demo' }, nodeAccess: { windows: true }, interruption: { enabled: false } },
    nodeAccess: 'accessEntry',
  },
  'access by hand': { config: { cluster: { name: 'demo' }, nodeAccess: { mode: 'none' } }, nodeAccess: 'none' },
} as const satisfies Readonly<Record<string, Variant>>;

type VariantName = keyof typeof VARIANTS;
const NAMES = Object.keys(VARIANTS) as VariantName[];

/** Each variant runs once for all tests, and once as a preview. */
const runs = new Map<string, Promise<ProgramRun>>();
function runVariant(name: VariantName, preview = false): Promise<ProgramRun> {
  const key = `${name}, ${preview}`;
  const run = runs.get(key) ?? runProgram({ ...VARIANTS[name], preview });
  runs.set(key, run);
  return run;
}

describe.each(NAMES)('%s', (name) => {
  test('keeps what every stack must keep', async () => {
    const { resources } = await runVariant(name);
    expect(stackProblems(resources, VARIANTS[name])).toEqual([]);
  });

  test('shows in a preview, with nothing known yet, the same resources as it makes', async () => {
    const namesOf = async (preview: boolean) =>
      (await runVariant(name, preview)).resources.map((resource) => `${resource.type} ${resource.name}`).sort();
    expect(await namesOf(true)).toEqual(await namesOf(false));
  });
});

describe('in a cluster that knows no access entries', () => {
  test('nodes join by one mapping in aws-auth', async () => {
    const run = await runVariant('aws-auth, Argo CD and an image that exists');
    expect(run.inputsOf('aws:eks/accessEntry:AccessEntry')).toEqual([]);
    const [mapping] = run.inputsOf('karpenter-cluster:index:AwsAuthMapping');
    expect(mapping?.roleArn).toBe(`arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-demo`);
    expect(JSON.parse(String(mapping?.kubeconfig)).clusters[0].cluster.server).toBe('https://demo.eks.example');
  });
});

describe('a controller that buys as another role', () => {
  test('may assume that one', async () => {
    const run = await runVariant('aws-auth, Argo CD and an image that exists');
    const [policy] = run.inputsOf('aws:iam/policy:Policy');
    expect(JSON.parse(String(policy?.policy)).Statement).toContainEqual(
      expect.objectContaining({ Action: ['sts:AssumeRole'], Resource: [`arn:aws:iam::${ACCOUNT}:role/Buyer`] }),
    );
  });
});

describe('for Argo CD', () => {
  test('an Application carries what git does not know, and nobody waits for its health', async () => {
    const run = await runVariant('aws-auth, Argo CD and an image that exists');
    const [application] = run.inputsOf('kubernetes:argoproj.io/v1alpha1:Application');
    expect(application).toMatchObject({
      metadata: { name: 'karpenter', namespace: 'argocd', annotations: { 'pulumi.com/skipAwait': 'true' } },
      spec: {
        source: {
          repoURL: 'https://git.example/infra',
          targetRevision: 'main',
          path: 'manifests/argocd/prod',
          kustomize: { images: [`karpenter-gitops-controller=registry.example/controller@${DIGEST}`] },
        },
      },
    });
    const text = JSON.stringify(application);
    expect(text).toContain(`role-arn: arn:aws:iam::${ACCOUNT}:role/KarpenterController-demo`);
    expect(text).toContain('karpenter.sh/discovery: demo');
    expect(run.inputsOf('karpenter-cluster:index:Teardown')).toMatchObject([
      { gitops: { engine: 'argocd', namespace: 'argocd' } },
    ]);
  });
});

describe('for Flux', () => {
  test('a GitRepository and three Kustomizations; with Pod Identity the service account needs no annotation', async () => {
    const run = await runVariant('Flux, Pod Identity and the spot role');
    expect(run.inputsOf('kubernetes:source.toolkit.fluxcd.io/v1:GitRepository')).toMatchObject([
      { spec: { url: 'https://git.example/infra', ref: { branch: 'main' }, secretRef: { name: 'git-token' } } },
    ]);
    const kustomizations = run.inputsOf('kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization');
    expect(kustomizations.map(({ spec }) => (spec as { path: string }).path)).toEqual([
      './manifests/crds',
      './manifests/overlays/dev/controller',
      './manifests/overlays/dev/provisioners',
    ]);
    expect(JSON.stringify(kustomizations)).not.toContain('role-arn');
    expect(run.inputsOf('aws:eks/podIdentityAssociation:PodIdentityAssociation')).toMatchObject([
      { clusterName: 'demo', namespace: 'karpenter', serviceAccount: 'karpenter' },
    ]);
    const [role] = run.inputsOf('aws:iam/role:Role', 'controller');
    expect(JSON.parse(String(role?.assumeRolePolicy)).Statement).toMatchObject([
      { Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    ]);
    expect(run.inputsOf('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([]);
    expect(run.inputsOf('aws:iam/serviceLinkedRole:ServiceLinkedRole')).toMatchObject([
      { awsServiceName: 'spot.amazonaws.com' },
    ]);
  });
});

describe('a new cluster', () => {
  test('asks access entries alone, and keeps workloads off the nodes of the controller', async () => {
    const run = await runVariant('a new cluster, Flux and an image that is built');
    expect(run.inputsOf('eks:index:Cluster')).toMatchObject([
      {
        name: 'demo',
        vpcId: 'vpc-01',
        authenticationMode: 'API',
        createOidcProvider: true,
        skipDefaultNodeGroup: true,
        skipDefaultSecurityGroups: true,
      },
    ]);
    expect(run.inputsOf('aws:eks/nodeGroup:NodeGroup')).toMatchObject([
      {
        subnetIds: ['subnet-0a', 'subnet-0b'],
        taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NO_SCHEDULE' }],
      },
    ]);
  });

  test('is handed over as an existing one is', async () => {
    const run = await runVariant('a new cluster, Flux and an image that is built');
    expect(run.inputsOf('kubernetes:core/v1:ConfigMap')).toMatchObject([
      { data: { 'aws.clusterEndpoint': 'https://new.eks.example' } },
    ]);
    const tagged = run.inputsOf('aws:ec2/tag:Tag').filter(({ resourceId }) => resourceId === 'sg-0eks');
    expect(tagged.map(({ key }) => key)).toEqual([
      'karpenter-gitops/tagged-by/karpenter.sh/discovery',
      'karpenter.sh/discovery',
    ]);
    const [role] = run.inputsOf('aws:iam/role:Role', 'controller');
    expect(String(role?.assumeRolePolicy)).toContain(':sub":"system:serviceaccount:karpenter:karpenter"');
  });

  test('and a built image are said to have been tested for their wiring only', async () => {
    const run = await runVariant('a new cluster, Flux and an image that is built');
    const untried = [expect.stringMatching(/cluster\.mode create/), expect.stringMatching(/image\.mode build/)];
    expect(run.warnings).toEqual(expect.arrayContaining(untried));
    expect(String(run.outputs.nextSteps).match(/^Note: .* tested for its wiring only/gm)).toHaveLength(2);
  });
});

describe('an image that is built', () => {
  test('goes to the engine by digest, from a repository that can be destroyed with images in it', async () => {
    const run = await runVariant('a new cluster, Flux and an image that is built');
    expect(run.inputsOf('aws:ecr/repository:Repository')).toMatchObject([
      { name: 'karpenter-gitops/demo', imageTagMutability: 'IMMUTABLE', forceDelete: true },
    ]);
    const repository = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/karpenter-gitops/demo`;
    expect(run.inputsOf('docker-build:index:Image')).toMatchObject([
      {
        buildArgs: { BASE_IMAGE: 'registry.example/node:24', BASE_IMAGE_DIGEST: DIGEST },
        platforms: ['linux/amd64', 'linux/arm64'],
        tags: [expect.stringMatching(`^${repository}:\\d+\\.\\d+\\.\\d+-[0-9a-f]{12}$`)],
        push: true,
        buildOnPreview: false,
      },
    ]);
    expect(run.outputs.imageReference).toBe(`${repository}@${DIGEST}`);
    const [, controller] = run.inputsOf('kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization');
    expect(controller?.spec).toMatchObject({
      images: [{ name: 'karpenter-gitops-controller', newName: repository, digest: DIGEST }],
    });
  });
});

describe('Windows nodes', () => {
  test('have a role and an access entry of their own, and the controller may hand out both roles', async () => {
    const run = await runVariant('Windows nodes and no interruption queue');
    const roles = ['KarpenterNodeRole-demo', 'KarpenterWindowsNodeRole-demo'].map(
      (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
    );
    expect(
      run.inputsOf('aws:eks/accessEntry:AccessEntry').map(({ principalArn, type }) => [principalArn, type]),
    ).toEqual([
      [roles[0], 'EC2_LINUX'],
      [roles[1], 'EC2_WINDOWS'],
    ]);
    const [policy] = run.inputsOf('aws:iam/policy:Policy');
    expect(String(policy?.policy)).toContain(JSON.stringify(roles));
    expect(run.outputs.windowsInstanceProfileName).toBe('KarpenterWindowsNodeInstanceProfile-demo');
  });
});
