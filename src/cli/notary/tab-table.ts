const GAP = 4;

/** Rows as notary's tables show them: a line of dashes below each heading; every column but the last is padded. */
export function formatTabTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, headings.map((heading) => '-'.repeat(heading.length)), ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column] ?? ''))) + GAP);
  return all.map((row) => `${formatRow(row, widths)}\n`).join('');
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - lengthOf(cell))))
    .join('');
}

/** In characters, not in UTF-16 units. */
const lengthOf = (text: string): number => [...text].length;
