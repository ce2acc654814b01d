import { FlagError, type FlagSpec, type FlagSpecs } from './flags.ts';

/** A flag as it was given: by name, with the text of its value. */
export interface FlagToken {
  readonly name: string;
  readonly spec: FlagSpec;
  readonly text: string;
}

export interface Tokens {
  readonly given: readonly FlagToken[];
  readonly args: readonly string[];
  /** Help was asked for by `-h`, which docker has deprecated. */
  readonly isShortHelp: boolean;
}

/**
 * Takes a command line apart in the grammar of docker's (spf13/pflag 1.0): `--x`, `--x=y`, `--x y`, `-xyz`, `-xVALUE`,
 * `-x=VALUE`, `--`.
 * @throws {FlagError} worded as docker words it
 */
export function tokenizeFlags(argv: readonly string[], specs: FlagSpecs, stopAtArgument: boolean): Tokens {
  const given: FlagToken[] = [];
  const args: string[] = [];
  let isShortHelp = false;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') {
      args.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (stopAtArgument) {
        args.push(...argv.slice(at));
        break;
      }
      args.push(word);
      continue;
    }
    const tokens = word.startsWith('--')
      ? [longFlag(word, argv[at + 1], specs)]
      : shortFlags(word, argv[at + 1], specs);
    if (tokens.at(-1)?.usesNext) at += 1;
    if (!word.startsWith('--') && tokens.some(({ name }) => name === 'help')) isShortHelp = true;
    given.push(...tokens);
  }
  return { given, args, isShortHelp };
}

type Taken = FlagToken & { readonly usesNext?: boolean };

function longFlag(word: string, next: string | undefined, specs: FlagSpecs): Taken {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  if (name === '' || name.startsWith('-')) throw new FlagError(`bad flag syntax: ${word}`);
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (!spec) throw new FlagError(`unknown flag: --${name}`);
  if (equals >= 0) return { name, spec, text: word.slice(equals + 1) };
  const bare = bareText(spec);
  if (bare !== undefined) return { name, spec, text: bare };
  if (next === undefined) throw new FlagError(`flag needs an argument: --${name}`);
  return { name, spec, text: next, usesNext: true };
}

function shortFlags(word: string, next: string | undefined, specs: FlagSpecs): Taken[] {
  const taken: Taken[] = [];
  for (let letters = word.slice(1); letters !== ''; letters = letters.slice(1)) {
    const [letter = ''] = letters;
    const found = Object.entries(specs).find(([, { short }]) => short === letter);
    if (!found) throw new FlagError(`unknown shorthand flag: '${letter}' in -${letters}`);
    const [name, spec] = found;
    const rest = letters.slice(1);
    const bare = bareText(spec);
    if (rest.startsWith('=') && rest.length > 1) return [...taken, { name, spec, text: rest.slice(1) }];
    if (bare !== undefined) {
      taken.push({ name, spec, text: bare });
      continue;
    }
    if (rest !== '') return [...taken, { name, spec, text: rest }];
    if (next === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${letters}`);
    return [...taken, { name, spec, text: next, usesNext: true }];
  }
  return taken;
}

/** What a flag means without a value; undefined where it must have one. */
function bareText({ kind, bare }: FlagSpec): string | undefined {
  return kind === 'boolean' ? 'true' : bare;
}
