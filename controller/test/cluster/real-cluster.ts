import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudModel, type CloudModelOptions, createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { ControllerProcess } from '../../sandbox/controller-process.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { LogBuffer } from '../../sandbox/log-buffer.ts';
import { createWallTimers } from '../../sandbox/wall-timers.ts';
import { followAwsAuth } from './aws-auth-follower.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { furnish } from './furnish.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type NodeJoiner, startNodeJoiner } from './node-joiner.ts';

/** The version that the binary of `npm run tools` reports, as EKS would name it. */
const KUBERNETES_VERSION = '1.36';
const NAMESPACE = 'karpenter';
const SERVICE_ACCOUNT = 'karpenter';
const READY_MS_MAX = 150_000;
const TOKEN_SECONDS = 3600;
/** From `running` to the Node: enough to be seen, short for a test. */
const BOOT_DELAY_MS = 1000;

export interface RealClusterOptions extends Pick<CloudModelOptions, 'account' | 'authenticationMode' | 'vcpuQuota'> {
  /** `demo` where absent. */
  readonly clusterName?: string;
  readonly bootDelayMs?: number;
  /** More environment for the controller. */
  readonly controllerEnv?: Readonly<Record<string, string>>;
}

/** A cluster whose nodes come from the sandbox's AWS, and whose every other part is real. */
export interface RealCluster {
  readonly clusterName: string;
  readonly controlPlane: ControlPlane;
  readonly model: CloudModel;
  /** For AWS_ENDPOINT_URL. */
  readonly awsUrl: string;
  readonly joiner: NodeJoiner;
  readonly controller: ControllerProcess;
  readonly controllerLog: LogBuffer;
  /** Starts the controller as its own service account, which must be there; resolves when it is ready. */
  startController(): Promise<void>;
  /** Ends everything, the controller included, and removes the temporary files. */
  close(): Promise<void>;
}

/**
 * Starts the control plane with all its parts, an AWS account beside it, two nodes of a managed group, and kube-dns' Service. Namespace, settings,
 * CRDs and manifests are for the test to bring, as for a user; the production controller runs when `startController` says so.
 */
export async function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  const { clusterName = 'demo' } = options;
  const closers: Closer[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const controlPlane = await startControlPlane({ scheduler: true, controllerManager: true, kwok: true });
    closers.push(controlPlane.stop);
    await furnish(controlPlane.request);
    const account = await startAccount(controlPlane, { ...options, clusterName }, closers);
    const workplace = mkdtempSync(join(tmpdir(), 'real-cluster-'));
    closers.push(() => rmSync(workplace, { recursive: true, force: true }));
    const kubeconfigPath = join(workplace, 'controller.kubeconfig');
    const controllerLog = new LogBuffer();
    const controller = new ControllerProcess({
      kubeconfigPath,
      awsUrl: account.awsUrl,
      region: account.model.state.region,
      namespace: NAMESPACE,
      log: controllerLog,
      env: options.controllerEnv ?? {},
    });
    closers.push(() => controller.kill());
    const startController = async () => {
      writeKubeconfig(kubeconfigPath, { ...controlPlane, token: await tokenOfController(controlPlane.request) });
      await controller.start();
      await controller.ready(READY_MS_MAX);
    };
    return { clusterName, controlPlane, ...account, controller, controllerLog, startController, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What undoes a part of the start; run from the last to the first. */
type Closer = () => unknown;

/** The AWS account that the cluster is in, served on loopback; its instances become nodes of the control plane. */
async function startAccount(
  { request, server, certificateAuthorityPem }: ControlPlane,
  {
    clusterName,
    bootDelayMs = BOOT_DELAY_MS,
    controllerEnv: _,
    ...account
  }: RealClusterOptions & { clusterName: string },
  closers: Closer[],
): Promise<Pick<RealCluster, 'model' | 'awsUrl' | 'joiner'>> {
  const awsAuth = await followAwsAuth(request);
  closers.push(awsAuth.stop);
  const timers = createWallTimers();
  closers.push(timers.close);
  const model = createCloudModel({
    ...account,
    timers,
    faults: noFaults(),
    seed: 1,
    clusterName,
    kubernetesVersion: KUBERNETES_VERSION,
    clusterEndpoint: server,
    certificateAuthority: Buffer.from(certificateAuthorityPem).toString('base64'),
    awsAuthMapRoles: awsAuth.mapRoles,
  });
  const joiner = startNodeJoiner({ instances: model, request, bootDelayMs });
  closers.push(joiner.stop);
  const aws = await startAwsServer({ model });
  closers.push(aws.close);
  return { model, awsUrl: aws.url, joiner };
}

/** A token as the kubelet mounts it into the controller's pod. */
async function tokenOfController(request: ControlPlane['request']): Promise<string> {
  const { status, body } = await request(
    'POST',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${SERVICE_ACCOUNT}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: TOKEN_SECONDS } },
  );
  if (status !== 201)
    throw new Error(`no token for the controller, are its manifests applied? ${String(body.message)}`);
  return (body.status as { token: string }).token;
}
