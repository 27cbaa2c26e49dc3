/** A check that runs while the world does. */
export interface Monitor {
  /** What has been violated so far, in words, oldest first; empty when all is well. */
  violations(): readonly string[];
  /** Ends the watching; the violations stay readable. */
  stop(): void;
}
