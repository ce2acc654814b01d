import type { Output } from './io.ts';
import { formatTable } from './table.ts';

/** How a list is shown: its fields with their headings, and the fields of its table. */
export interface ListFormat<F extends string = string> {
  readonly headings: Readonly<Record<F, string>>;
  readonly table: readonly F[];
  /** Fields that rows have and Engines say nothing of: null in JSON. */
  readonly absent?: readonly string[];
  /** What docker calls a row's type, for its error about a field that is not there. */
  readonly type: string;
}

/** A line for each thing, in one go: a thousand writes take longer than a thousand lines. Those before an error show. */
export function printLines<T>(out: Output, things: readonly T[], tell: (thing: T) => string): void {
  let text = '';
  try {
    for (const thing of things) text += `${tell(thing)}\n`;
  } finally {
    if (text !== '') out.write(text);
  }
}

/** Prints the table of a list without rows in between: those of a thousand things take longer than all else. */
export function printCells<T, F extends string>(
  out: Output,
  { headings, table }: ListFormat<F>,
  things: readonly T[],
  tell: (thing: T, field: F) => string,
): void {
  const rows = [table.map((field) => headings[field])];
  for (const thing of things) rows.push(table.map((field) => tell(thing, field)));
  out.write(formatTable(rows));
}
