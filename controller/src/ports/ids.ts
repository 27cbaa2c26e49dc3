/** Names for new objects. Seeded in scenarios, so that a run can be repeated. */
export interface Ids {
  /** `prefix` followed by five characters of [bcdfghjklmnpqrstvwxz2456789], Kubernetes' own alphabet for generated names. */
  next(prefix: string): string;
}
