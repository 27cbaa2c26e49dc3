/** Whether this process may act. Renewed by a worker thread, so that no solve delays it. */
export interface Leadership {
  /** Until when (epoch ms) nobody else can hold the lease; 0 while we do not hold it. */
  deadlineMs(): number;
}
