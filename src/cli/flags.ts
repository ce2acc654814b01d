import { parseArgs } from 'node:util';
import { TrustSandboxError } from '../core/index.ts';

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
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** Values given, by flag name: `true`/`false`, text, or all texts of a repeated flag. Absent when not given. */
export type Flags<S extends FlagSpecs> = {
  readonly [K in keyof S]?: S[K]['kind'] extends 'boolean' ? boolean : S[K]['kind'] extends 'list' ? string[] : string;
};

export interface ParsedFlags<S extends FlagSpecs> {
  readonly flags: Flags<S>;
  readonly args: readonly string[];
}

/** A flag that is not there, or is given wrongly. docker exits with 125. */
export class FlagError extends TrustSandboxError {
  readonly code = 'CLI_FLAG';
}

const HELP = { kind: 'boolean', short: 'h', help: '', hidden: true } as const satisfies FlagSpec;
const BOOLEANS = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/**
 * Reads flags in the grammar of docker's command line (pflag): `--x`, `--x=y`, `--x y`, `-xyz`, `-xVALUE`, `--`.
 * With `stopAtArgument` everything from the first argument on is left alone (`exec`).
 * @throws {FlagError} worded as docker words it
 */
export function parseFlags<S extends FlagSpecs>(
  argv: readonly string[],
  specs: S,
  { stopAtArgument = false } = {},
): ParsedFlags<S & { help: typeof HELP }> {
  const known: FlagSpecs = { ...specs, help: HELP };
  const tokens = tokenize(argv, known);
  const flags = new Map<string, boolean | string | string[]>();
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (stopAtArgument) {
        args.push(...argv.slice(token.index));
        break;
      }
      args.push(token.value);
      continue;
    }
    const spec = known[token.name];
    if (!spec) throw new FlagError(unknownFlag(token.rawName, argv[token.index] ?? ''));
    setFlag(flags, token.name, spec, token.value, givenAs(token.rawName));
  }
  return { flags: Object.fromEntries(flags) as Flags<S & { help: typeof HELP }>, args };
}

function tokenize(argv: readonly string[], specs: FlagSpecs) {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { kind, short, bare }]) => [
      name,
      { type: kind === 'boolean' || bare !== undefined ? 'boolean' : 'string', ...(short && { short }) } as const,
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true }).tokens;
}

function unknownFlag(rawName: string, argument: string): string {
  return rawName.startsWith('--')
    ? `unknown flag: ${rawName}`
    : `unknown shorthand flag: '${rawName.slice(1)}' in ${argument}`;
}

/** `--name`, or `'n' in -n`. */
function givenAs(rawName: string): string {
  return rawName.startsWith('--') ? rawName : `'${rawName.slice(1)}' in ${rawName}`;
}

function setFlag(
  flags: Map<string, boolean | string | string[]>,
  name: string,
  spec: FlagSpec,
  value: string | undefined,
  given: string,
): void {
  if (spec.kind === 'boolean') {
    const given = value === undefined ? true : BOOLEANS.get(value);
    if (given === undefined) {
      throw new FlagError(
        `invalid argument "${value}" for "${flagName(name, spec)}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`,
      );
    }
    flags.set(name, given);
    return;
  }
  const text = value ?? spec.bare;
  if (text === undefined) throw new FlagError(`flag needs an argument: ${given}`);
  if (spec.kind === 'string') flags.set(name, text);
  else flags.set(name, [...((flags.get(name) as string[] | undefined) ?? []), text]);
}

function flagName(name: string, { short }: FlagSpec): string {
  return short ? `-${short}, --${name}` : `--${name}`;
}
