import { join } from 'node:path';
import { type RealCluster, startRealCluster } from '../cluster/real-cluster.ts';
import { createSettings } from '../cluster/settings.ts';
import { createGitRepository, type GitRepository } from './git-repository.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');

/** What Pulumi knows of this cluster and writes into the Application or the Kustomizations. */
export const CLUSTER_VALUES = {
  overlay: 'prod',
  image: {
    repository: '000000000000.dkr.ecr.us-east-1.amazonaws.com/karpenter-gitops-controller',
    digest: `sha256:${'1234567890abcdef'.repeat(4)}`,
  },
  roleArn: 'arn:aws:iam::000000000000:role/KarpenterController-demo',
} as const;

/** A real cluster as `pulumi up` leaves it, and the repository that an engine shall bring into it. */
export interface GitOpsCluster extends RealCluster {
  /** Its first commit holds the checkout's manifests. */
  readonly repository: GitRepository;
  /** What `close` shall end first; the latest of them at first. */
  beforeClose(closer: () => Promise<void>): void;
}

/** Starts it: namespace and settings are there, the engine and all that is in git are not. */
export async function startGitOpsCluster(): Promise<GitOpsCluster> {
  const cluster = await startRealCluster();
  const repository = createGitRepository({ manifests: MANIFESTS });
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer();
    await cluster.close();
    repository.close();
  };
  try {
    await createSettings(cluster, { 'aws.clusterEndpoint': cluster.controlPlane.server });
    return { ...cluster, repository, beforeClose: (closer) => void closers.push(closer), close };
  } catch (error) {
    await close();
    throw error;
  }
}
