import { TrustSandboxError } from '../core/index.ts';
import { type EngineClient, EngineProtocolError } from '../engine/client/index.ts';
import { ExitError } from './command.ts';
import { withEngine } from './engine-session.ts';
import { type Io, printLine } from './io.ts';
import { compileObjectFormat } from './object-format.ts';
import { goJson, indentJson } from './template/go-json.ts';
import { type GoStructType, goValue } from './template/go-type.ts';
import { rawValue, type Value } from './template/go-values.ts';
import { compileTemplate, type Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

/** What an Engine tells of one thing: its own JSON, to the byte, and the Go type docker reads it into. */
export interface Inspected {
  readonly text: string;
  readonly type?: GoStructType;
  /** Shown as docker writes the type anew, and only its own fields can be asked for. */
  readonly isTypedOnly?: boolean;
}

/** @throws {TrustSandboxError} there is none of that name, or the Engine does not tell; {EngineProtocolError} it can tell of nothing */
export type FindObject = (engine: EngineClient, name: string) => Promise<Inspected>;

const INDENT = '    ';

/** Prints what is found, laid out or as `format` says, then tells what is not: the status is 1 if anything is missing. */
export async function inspectObjects(
  io: Io,
  names: readonly string[],
  format: string | undefined,
  find: FindObject,
): Promise<number> {
  const fill = format ? filler(format) : undefined;
  const found: Inspected[] = [];
  const problems: string[] = [];
  await withEngine(io, async ({ engine }) => {
    for (const name of names) {
      try {
        found.push(await find(engine, name));
      } catch (thrown) {
        if (!(thrown instanceof TrustSandboxError) || thrown instanceof EngineProtocolError) throw thrown;
        problems.push(thrown.message);
      }
    }
  });
  return printInspected(io, found, problems, format, fill);
}

/** The same for what is at hand. */
export function printInspected(
  { stdout }: Pick<Io, 'stdout'>,
  found: readonly Inspected[],
  problems: readonly string[],
  format: string | undefined,
  fill = format ? filler(format) : undefined,
): number {
  const errors = [...problems];
  if (fill === undefined) stdout.write(laidOut(found.map(jsonOf)));
  else if (format === 'json') printLine(stdout, `[${found.map(jsonOf).join(',')}]`);
  else {
    const lines = found.flatMap((one) => {
      try {
        return [`${fill(one)}\n`];
      } catch (thrown) {
        if (!(thrown instanceof TemplateError)) throw thrown;
        errors.push(`template parsing error: ${thrown.message}`);
        return [];
      }
    });
    stdout.write(lines.length === 0 ? '\n' : lines.join(''));
  }
  if (errors.length > 0) throw new ExitError(1, errors.join('\n'));
  return 0;
}

/** docker fills in the type it knows, and where that fails whatever the Engine said. */
function filler(format: string): (one: Inspected) => string {
  const typed = compileObjectFormat(format);
  const missing = (name: string): string => `map has no entry for key ${JSON.stringify(name)}`;
  const raw: Template = compileTemplate(format === 'json' ? '{{json .}}' : format, missing);
  return ({ text, type, isTypedOnly }) => {
    const value: unknown = JSON.parse(text);
    if (type === undefined) return raw.fill(rawValue(value));
    try {
      return typed.fill(goValue(type, value));
    } catch (thrown) {
      if (isTypedOnly || !(thrown instanceof TemplateError)) throw thrown;
      return raw.fill(rawValue(value) as Value);
    }
  };
}

function jsonOf({ text, type, isTypedOnly }: Inspected): string {
  return isTypedOnly && type ? goJson(goValue(type, JSON.parse(text))) : text.trim();
}

/** The Engine's own JSON, laid out; numbers and order stay as it gave them. */
function laidOut(found: readonly string[]): string {
  return found.length === 0 ? '[]\n' : `${indentJson(`[${found.join(',')}]`, INDENT)}\n`;
}
