import type { JsonValue } from '../core/index.ts';
import { UsageError } from './command.ts';
import type { FlagSpec } from './flags.ts';
import { type Output, printLine } from './io.ts';
import { explained } from './list-format.ts';
import { compileTemplate } from './template/template.ts';

/** `--format` of a report that is laid out for people unless a program asks. */
export const REPORT_FORMAT = {
  kind: 'string',
  value: 'string',
  help: 'text, json, or a Go template of what json has (default text)',
} as const satisfies FlagSpec;

/** How a report is to be printed. @throws {UsageError} */
export function parseFormat(text = 'text'): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new UsageError(`--format: want text or json, found ${JSON.stringify(text)}`);
}

/** Prints a report as `REPORT_FORMAT` says; `layOut` prints its text. @throws {TemplateError} */
export function printReport(out: Output, report: object, format: string | undefined, layOut: () => void): void {
  if (format === undefined || format === '' || format === 'text') {
    layOut();
    return;
  }
  const json = JSON.stringify(report);
  const fill = () => compileTemplate(unescaped(format)).fill(JSON.parse(json) as JsonValue);
  printLine(out, format === 'json' ? json : explained(fill));
}

/** Tabs and ends of lines, which shells make it hard to type. */
function unescaped(template: string): string {
  return template.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}
