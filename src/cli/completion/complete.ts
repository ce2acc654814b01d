import { type CommandGroup, type CommandNode, isGroup } from '../command.ts';
import type { FlagSpec, FlagSpecs } from '../flags.ts';
import type { Io } from '../io.ts';
import { argumentKind, flagKind } from './candidate-kind.ts';
import { findCandidates } from './candidates.ts';

/** What may come next: text, and what it is. */
export interface Candidate {
  readonly text: string;
  readonly help?: string;
}

/** A bit of the last line, which a shell reads (spf13/cobra 1.8, `ShellCompDirective`): offer no files. */
const NO_FILES = 4;

interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/**
 * Answers a shell that asks what the last of `words` may be: a line for each candidate, then `:` and the directive, in the
 * protocol of docker's own scripts. Nothing that goes wrong may show in somebody's prompt.
 */
export async function complete(
  root: CommandGroup,
  words: readonly string[],
  io: Io,
  hasHelp: boolean,
): Promise<number> {
  const found = await completionOf(root, words, io).catch(() => ({ candidates: [], directive: NO_FILES }));
  const partial = words.at(-1) ?? '';
  for (const { text, help } of found.candidates) {
    if (!text.startsWith(partial)) continue;
    const [line = ''] = (help ?? '').split('\n');
    io.stdout.write(hasHelp && line !== '' ? `${text}\t${line}\n` : `${text}\n`);
  }
  io.stdout.write(`:${found.directive}\n`);
  return 0;
}

async function completionOf(root: CommandGroup, words: readonly string[], io: Io): Promise<Completion> {
  const { node, path, args, pending, flags, isAfterDashes, env } = await follow(root, words.slice(0, -1));
  const partial = words.at(-1) ?? '';
  const asked: Io = { ...io, env: { ...io.env, ...env } };
  if (pending) return valuesOf(await findCandidates(flagKind(pending.name, pending.spec), asked), '');
  if (partial.startsWith('-') && !isAfterDashes) {
    const equals = partial.indexOf('=');
    const name = partial.slice(2, equals);
    if (equals < 0) return { candidates: flagCandidates(flags), directive: NO_FILES };
    const spec = flags[name];
    const before = partial.slice(0, equals + 1);
    return spec ? valuesOf(await findCandidates(flagKind(name, spec), asked), before) : nothing;
  }
  if (isGroup(node)) return args.length > 0 ? nothing : { candidates: commandCandidates(node), directive: NO_FILES };
  if (!('load' in node)) return { candidates: [], directive: 0 };
  const { usage } = await node.load();
  return valuesOf(await findCandidates(argumentKind(usage, args.length, path), asked), '', args);
}

const nothing: Completion = { candidates: [], directive: NO_FILES };

/** Values after `before`; files where nobody knows any, and none twice. */
function valuesOf(values: readonly Candidate[] | 'files', before: string, used: readonly string[] = []): Completion {
  if (values === 'files') return { candidates: [], directive: 0 };
  const candidates = values.filter(({ text }) => !used.includes(text));
  return { candidates: candidates.map((one) => ({ ...one, text: before + one.text })), directive: NO_FILES };
}

function flagCandidates(flags: FlagSpecs): Candidate[] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { help }]) => ({ text: `--${name}`, help }))
    .concat({ text: '--help', help: 'Print usage' })
    .sort((a, b) => (a.text < b.text ? -1 : 1));
}

function commandCandidates({ commands }: CommandGroup): Candidate[] {
  return Object.entries(commands)
    .filter(([, { summary }]) => summary !== '')
    .map(([text, { summary }]) => ({ text, help: summary }))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
}

interface Place {
  readonly node: CommandNode;
  readonly path: readonly string[];
  readonly args: readonly string[];
  readonly flags: FlagSpecs;
  /** A flag whose value comes next. */
  readonly pending?: { readonly name: string; readonly spec: FlagSpec };
  readonly isAfterDashes: boolean;
  /** Which Engine the words mean, and whose files. */
  readonly env: Readonly<Record<string, string>>;
}

const VARIABLES = new Map([
  ['config', 'DOCKER_CONFIG'],
  ['context', 'DOCKER_CONTEXT'],
  ['host', 'DOCKER_HOST'],
]);

/** Where complete words lead. */
async function follow(root: CommandGroup, words: readonly string[]): Promise<Place> {
  let node: CommandNode = root;
  let flags: FlagSpecs = root.flags ?? {};
  const path: string[] = [];
  const args: string[] = [];
  const env: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      args.push(...words.slice(at + 1));
      return { node, path, args, flags, env, isAfterDashes: true };
    }
    if (word.startsWith('-') && word !== '-') {
      const pending = flagWithValue(word, flags);
      if (!pending) continue;
      at += 1;
      if (at >= words.length) return { node, path, args, flags, env, pending, isAfterDashes: false };
      const variable = path.length === 0 ? VARIABLES.get(pending.name) : undefined;
      if (variable !== undefined) env[variable] = words[at] ?? '';
      continue;
    }
    const next: CommandNode | undefined =
      isGroup(node) && Object.hasOwn(node.commands, word) ? node.commands[word] : undefined;
    if (!next) {
      args.push(word);
      continue;
    }
    node = next;
    path.push(word);
    flags = await flagsOf(next);
  }
  return { node, path, args, flags, env, isAfterDashes: false };
}

async function flagsOf(node: CommandNode): Promise<FlagSpecs> {
  if (isGroup(node)) return node.flags ?? {};
  return 'load' in node ? (await node.load()).flags : {};
}

/** The flag whose value is the next word; undefined where it has one, or needs none. */
function flagWithValue(word: string, flags: FlagSpecs): { name: string; spec: FlagSpec } | undefined {
  const found = word.startsWith('--')
    ? Object.entries(flags).find(([name]) => word === `--${name}`)
    : Object.entries(flags).find(([, { short }]) => short !== undefined && word.endsWith(short));
  if (!found) return undefined;
  const [name, spec] = found;
  return spec.kind === 'boolean' || spec.bare !== undefined ? undefined : { name, spec };
}
