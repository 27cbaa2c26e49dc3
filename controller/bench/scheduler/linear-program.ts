/** Steps of the simplex method at most: our programs need a few dozen. */
const PIVOTS_MAX = 10_000;
const EPSILON = 1e-9;

/**
 * The largest `gain · y` for which `rows · y <= bounds` and `y >= 0`; bounds are not negative. Infinite when nothing bounds it.
 * Simplex on the condensed tableau, by Bland's rule, which cannot cycle. Made for few columns and many rows.
 */
export function maximise(
  gain: readonly number[],
  rows: readonly (readonly number[])[],
  bounds: readonly number[],
): number {
  const columns = gain.length;
  const tableau = rows.map((row, index) => [...row, bounds[index] ?? 0]);
  const objective = [...gain.map((each) => -each), 0];
  // Variables are numbered: structural ones first, then one slack a row. Bland's rule goes by these numbers.
  const entering = gain.map((_, index) => index);
  const basic = rows.map((_, index) => columns + index);
  for (let pivots = 0; pivots < PIVOTS_MAX; pivots++) {
    const column = lowest(entering, (index) => (objective[index] ?? 0) < -EPSILON);
    if (column === undefined) return objective[columns] ?? 0;
    const row = tightest(tableau, basic, column, columns);
    if (row === undefined) return Number.POSITIVE_INFINITY;
    pivot(tableau, objective, row, column);
    [entering[column], basic[row]] = [basic[row] ?? 0, entering[column] ?? 0];
  }
  throw new Error(`no optimum after ${PIVOTS_MAX} steps`);
}

/** Of the positions that qualify, the one whose variable has the lowest number. */
function lowest(variables: readonly number[], qualifies: (index: number) => boolean): number | undefined {
  let best: number | undefined;
  variables.forEach((variable, index) => {
    if (qualifies(index) && (best === undefined || variable < (variables[best] ?? 0))) best = index;
  });
  return best;
}

function tightest(
  tableau: readonly (readonly number[])[],
  basic: readonly number[],
  column: number,
  last: number,
): number | undefined {
  const ratioOf = (row: readonly number[]): number => {
    const factor = row[column] ?? 0;
    return factor > EPSILON ? (row[last] ?? 0) / factor : Number.POSITIVE_INFINITY;
  };
  const ratios = tableau.map(ratioOf);
  const least = Math.min(...ratios);
  if (least === Number.POSITIVE_INFINITY) return undefined;
  return lowest(basic, (index) => (ratios[index] ?? 0) <= least + EPSILON);
}

function pivot(tableau: number[][], objective: number[], row: number, column: number): void {
  const pivotRow = tableau[row] as number[];
  const factor = pivotRow[column] as number;
  for (const other of [...tableau, objective]) {
    if (other === pivotRow) continue;
    const share = (other[column] as number) / factor;
    for (let index = 0; index < other.length; index++) {
      other[index] = index === column ? -share : (other[index] as number) - share * (pivotRow[index] as number);
    }
  }
  for (let index = 0; index < pivotRow.length; index++) {
    pivotRow[index] = index === column ? 1 / factor : (pivotRow[index] as number) / factor;
  }
}
