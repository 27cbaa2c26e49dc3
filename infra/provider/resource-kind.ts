/** Inputs or outputs of a resource, as the engine sends them: plain JSON, secrets opened. */
export type Properties = Readonly<Record<string, unknown>>;

/** What is wrong with one input. */
export interface InputProblem {
  readonly property: string;
  readonly reason: string;
}

/** What an operation may use of the engine that called for it. */
export interface Operation {
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Shows the user what is being waited for. */
  progress(message: string): void;
  /** Shows the user what they should know after the run. */
  warn(message: string): void;
}

/** What a change of inputs means for what exists. */
export interface Difference {
  readonly changes: boolean;
  /** Properties that only a new resource can have. */
  readonly replaces?: readonly string[];
}

/** One resource type of our provider. Each operation may be repeated, after a crash too. */
export interface ResourceKind {
  readonly inputs: readonly string[];
  /** Every problem of the known inputs. */
  check(inputs: Properties): readonly InputProblem[];
  diff(state: Properties, inputs: Properties, operation: Operation): Promise<Difference>;
  /** Its id, and what to remember beside the inputs. */
  create(inputs: Properties, operation: Operation): Promise<{ readonly id: string; readonly state: Properties }>;
  /** What to remember now; undefined when it is not there any more. */
  read(state: Properties, operation: Operation): Promise<Properties | undefined>;
  update(state: Properties, inputs: Properties, operation: Operation): Promise<Properties>;
  delete(state: Properties, operation: Operation): Promise<void>;
}
