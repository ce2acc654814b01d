import { ExitError } from './command.ts';
import { type Output, printLine } from './io.ts';
import type { Value } from './template/go-values.ts';
import { compileTemplate, type Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

const STATUS_SYNTAX_ERROR = 64;

/** Compiles `--format` of a single thing, where `json` means all of it. `name` shows in errors. @throws {ExitError} with status 64 */
export function compileObjectFormat(format: string, name = ''): Template {
  try {
    return compileTemplate(format === 'json' ? '{{json .}}' : format, 'no value', name);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw new ExitError(STATUS_SYNTAX_ERROR, `template parsing error: ${cause.message}`, { cause });
  }
}

/** Prints a thing, and, where the template does not fit it, what was filled in by then. @throws {TemplateError} */
export function printObject(out: Output, template: Template, value: Value): void {
  try {
    printLine(out, template.fill(value));
  } catch (thrown) {
    if (thrown instanceof TemplateError) printLine(out, thrown.partial);
    throw thrown;
  }
}
