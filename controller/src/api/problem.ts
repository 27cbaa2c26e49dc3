/** One thing that is wrong with an object: where (`spec.requirements[0].key`, `spec.labels[team]`), and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Returns the problem as a list, or an empty one when the condition holds. */
export function unless(holds: boolean, path: string, message: string): readonly Problem[] {
  return holds ? [] : [{ path, message }];
}
