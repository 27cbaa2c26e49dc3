/** Counts checks against a limit, so that a problem too large ends at the same place on every machine. */
export class WorkBudget {
  #left: number;

  constructor(checksMax: number) {
    this.#left = checksMax;
  }

  /** True once no check is left. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Takes one check. */
  spend(): void {
    this.#left -= 1;
  }
}
