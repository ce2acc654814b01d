import type { Output } from './io.ts';
import { type ListFormat, printLines } from './list-cells.ts';
import { formatTable } from './table.ts';
import { goJson } from './template/go-json.ts';
import { GoNil, GoStruct, type Method, type Value } from './template/go-values.ts';
import { compileTemplate, type Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

export { LIST_FORMAT, OBJECT_FORMAT } from './format-flags.ts';
export type { ListFormat } from './list-cells.ts';

export type Row = Readonly<Record<string, string>>;

/** A row that has truths and methods besides (`{{.Label "name"}}`); methods are not in JSON. */
export type RichRow = Readonly<Record<string, string | boolean | Method>>;

/**
 * Prints rows as `--format` says: `table` (also nothing), `table TEMPLATE`, `json`, or a template for each row.
 * @throws {TemplateError} worded as docker words it
 */
export function printList(out: Output, list: ListFormat, rows: readonly RichRow[], format = 'table'): void {
  if (format === 'table' || format === '') {
    const cells = [list.headings, ...rows].map((row) => list.table.map((field) => String(row[field] ?? '')));
    out.write(formatTable(cells));
  } else if (format === 'json') {
    printLines(out, rows, (row) => goJson(sorted(row, list)));
  } else if (/^table\s/.test(format)) {
    const template = compile(format.replace(/^table\s+/, ''), list);
    const headings = { ...list.headings, Label: labelHeading };
    const values = [headings, ...rows.map((row) => rowValue(row, list))];
    out.write(formatTable(values.map((value) => template.fill(value).split('\t'))));
  } else {
    const template = compile(format, list);
    printLines(out, rows, (row) => template.fill(rowValue(row, list)));
  }
}

function compile(format: string, { type }: ListFormat): Template {
  const source = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  return explained(() => {
    const template = compileTemplate(source, (name) => `can't evaluate field ${name} in type ${type}`);
    return { fill: (row) => explained(() => template.fill(row)) };
  });
}

/** Says first that it is the template that is wrong. */
export function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw new TemplateError(`template parsing error: ${cause.message}`, { cause }, cause.partial);
  }
}

/** A column of one label is called by the last part of the label's name. */
function labelHeading(name: Value): string {
  return String(name).split('.').slice(-1).join('').replaceAll(/[-_]/g, ' ');
}

/** A row as docker's templates see it: it writes its JSON itself, without its methods. */
export function rowValue(row: RichRow, list: ListFormat, marshal = () => goJson(sorted(row, list))): GoStruct {
  const absent = (list.absent ?? []).map((name) => [name, new GoNil('*v1.Platform')] as const);
  return new GoStruct(list.type, new Map<string, Value>([...Object.entries(row), ...absent]), { marshal });
}

function sorted(row: RichRow, { absent = [] }: ListFormat): Record<string, Value> {
  const given = Object.entries(row).filter(([, value]) => typeof value !== 'function');
  const fields: [string, Value][] = [...given, ...absent.map((name): [string, null] => [name, null])];
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
