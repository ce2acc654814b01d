import { type Output, printLine } from '../io.ts';
import { type ListFormat, printList, type Row } from '../list-format.ts';

/** One line of a list: its cells, and the value that JSON shows. */
export interface Item {
  readonly row: Row;
  readonly json: object;
}

/** Prints a list as `--format` says; in JSON each item whole, one a line. @throws {TemplateError} */
export function printItems(out: Output, list: ListFormat, items: readonly Item[], format = 'table'): void {
  if (format === 'json') {
    for (const { json } of items) printLine(out, JSON.stringify(json));
  } else {
    printList(
      out,
      list,
      items.map(({ row }) => row),
      format,
    );
  }
}

/** In UTC, to the second: `2026-11-24T08:00:00Z`. */
export function utcTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
