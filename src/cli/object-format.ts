import { ExitError } from './command.ts';
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
