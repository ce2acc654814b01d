import { TrustSandboxError } from '../core/index.ts';
import { tokenizeFlags } from './flag-tokens.ts';

/** One flag of a command, as help shows it and the parser takes it. */
export interface FlagSpec {
  readonly kind: 'boolean' | 'string' | 'list';
  readonly short?: string;
  /** Name of the value in help, `string` or `list` unless given. */
  readonly value?: string;
  readonly help: string;
  /** What the flag means by itself; a value then comes after `=`, never as the next word. */
  readonly bare?: string;
  /** Left out of help. */
  readonly hidden?: boolean;
  /** Why a text is no value of this flag, in the words of Go's parsers; undefined where it is one. */
  readonly refuse?: (text: string) => string | undefined;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** Values given, by flag name: `true`/`false`, text, or all texts of a repeated flag. Absent when not given. */
export type Flags<S extends FlagSpecs> = {
  readonly [K in keyof S]?: S[K]['kind'] extends 'boolean' ? boolean : S[K]['kind'] extends 'list' ? string[] : string;
};

export interface ParsedFlags<S extends FlagSpecs> {
  readonly flags: Flags<S>;
  readonly args: readonly string[];
  /** Help was asked for by `-h`, which docker has deprecated. */
  readonly isShortHelp: boolean;
}

/** A flag that is not there, or is given wrongly. docker exits with 125. */
export class FlagError extends TrustSandboxError {
  readonly code = 'CLI_FLAG';
}

const HELP = { kind: 'boolean', short: 'h', help: 'Print usage', hidden: true } as const satisfies FlagSpec;
const BOOLEANS = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/**
 * Reads flags in the grammar of docker's command line (`tokenizeFlags`).
 * With `stopAtArgument` everything from the first argument on is left alone (`exec`).
 * @throws {FlagError} worded as docker words it
 */
export function parseFlags<S extends FlagSpecs>(
  argv: readonly string[],
  specs: S,
  { stopAtArgument = false } = {},
): ParsedFlags<S & { help: typeof HELP }> {
  const { given, args, isShortHelp } = tokenizeFlags(argv, { help: HELP, ...specs }, stopAtArgument);
  const flags = new Map<string, boolean | string | string[]>();
  for (const { name, spec, text } of given) flags.set(name, readValue(name, spec, text, flags.get(name)));
  return { flags: Object.fromEntries(flags) as Flags<S & { help: typeof HELP }>, args, isShortHelp };
}

function readValue(
  name: string,
  spec: FlagSpec,
  text: string,
  before: boolean | string | string[] | undefined,
): boolean | string | string[] {
  const value = spec.kind === 'boolean' ? BOOLEANS.get(text) : text;
  const reason = value === undefined ? goParseError('ParseBool', text) : spec.refuse?.(text);
  if (value === undefined || reason !== undefined) {
    throw new FlagError(`invalid argument ${JSON.stringify(text)} for "${flagName(name, spec)}" flag: ${reason}`);
  }
  return spec.kind === 'list' ? [...(Array.isArray(before) ? before : []), text] : value;
}

function flagName(name: string, { short }: FlagSpec): string {
  return short ? `-${short}, --${name}` : `--${name}`;
}

/** For `refuse`: a whole number. */
export function refuseNonInteger(text: string): string | undefined {
  return /^[-+]?\d+$/.test(text) ? undefined : goParseError('ParseInt', text);
}

/** For `refuse`: `name=value`, as `--filter` takes it. */
export function refuseNonFilter(text: string): string | undefined {
  return text.includes('=') || text === '' ? undefined : 'bad format of filter (expected name=value)';
}

function goParseError(parser: string, text: string): string {
  return `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`;
}
