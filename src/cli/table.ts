const GAP = 3;
const MIN_WIDTH = 10;

/**
 * Rows as docker's tables show them: each column as wide as its widest cell plus three spaces,
 * at least `minWidth` in all; the last column is not padded.
 */
export function formatTable(rows: readonly (readonly string[])[], minWidth = MIN_WIDTH): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? minWidth, cell.length + GAP);
    });
  }
  let text = '';
  for (const row of rows) {
    row.forEach((cell, i) => {
      text += i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0);
    });
    text += '\n';
  }
  return text;
}
