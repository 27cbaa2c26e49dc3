/** A column of a table for people. Numbers stand right, so that their digits line up. */
export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => string;
}

const GAP = '   ';

/** Returns the lines of a table: titles first, columns as wide as their widest cell. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, index) => lines.reduce((most, line) => Math.max(most, (line[index] ?? '').length), 0));
  return lines.map((line) =>
    line
      .map((text, index) =>
        columns[index]?.isNumber ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join(GAP)
      .trimEnd(),
  );
}
