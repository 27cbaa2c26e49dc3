import type { Gitops } from '../../../infra/provider/removal-steps.ts';

/** What an engine says of the last commit it has looked at. */
export interface Verdict {
  /** SHA of the commit, once it is applied. */
  readonly sha: string | undefined;
  readonly health: 'Healthy' | 'Progressing' | 'Degraded';
  /** The engine's own words. */
  readonly message: string;
}

/** An engine that brings the repository's commits into a cluster, as the stories in `commit-stories.ts` see it. */
export interface GitOpsEngine {
  /** Whether a commit that removes a Provisioner waits until somebody agrees. */
  readonly asksBeforeRemoval: boolean;
  /** How long it may take to notice that the health of an object has changed. */
  readonly healthEveryMs: number;
  /** Tells the engine of a commit, as a webhook would. */
  announce(sha: string): Promise<void>;
  verdict(): Promise<Verdict>;
  /** Makes the engine compare everything with git once more; resolves when it has. */
  reconcile(): Promise<void>;
  /** Agrees to what the last commit removes. */
  agreeToRemoval(): Promise<void>;
  /** What Pulumi tells a teardown of the engine. */
  readonly gitops: Gitops;
  /** The names of the objects that make the engine follow the repository, as long as they are there. */
  syncers(): Promise<readonly string[]>;
  /** The end of the engine's logs, for a test that has failed. */
  logTails(): string;
}
