import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PassphraseSource } from '../../trust/index.ts';
import { UsageError } from '../command.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import type { Io } from '../io.ts';
import { readPiped } from '../piped-input.ts';
import { systemErrorText } from './key-name.ts';
import { ContentTrustError } from './trust-error.ts';

/** Where a command that needs passphrases is to take them from, other than the environment and a prompt. */
export interface PassphraseChoice {
  readonly file?: string | undefined;
  readonly isPiped?: boolean | undefined;
}

const FILE = { kind: 'string', value: 'FILE', help: 'File whose first line is the passphrase of all keys' } as const;
const STDIN = { kind: 'boolean', help: 'Take the passphrase of all keys from the first line of stdin' } as const;
const hidden = <T extends FlagSpec>(spec: T) => ({ ...spec, hidden: true }) as const;

export const PASSPHRASE_FLAGS = { 'passphrase-file': FILE, 'passphrase-stdin': STDIN } as const;

/** The same for docker's own commands, whose help is docker's. */
export const EXTRA_PASSPHRASE_FLAGS = { 'passphrase-file': hidden(FILE), 'passphrase-stdin': hidden(STDIN) } as const;

/** @throws {UsageError} both */
export function passphraseChoice(flags: Flags<typeof PASSPHRASE_FLAGS>): PassphraseChoice {
  const [file, isPiped] = [flags['passphrase-file'], flags['passphrase-stdin']];
  if (file !== undefined && isPiped) {
    throw new UsageError('--passphrase-file and --passphrase-stdin are mutually exclusive');
  }
  return { file, isPiped };
}

const MAX_FILE_BYTES = 64 * 1024;
const FOR_OTHERS = 0o077;

/**
 * The passphrases that were chosen; undefined when none were. A second line is that of a key's next encryption, where a
 * command has two to ask for.
 * @throws {ContentTrustError} the file is missing, empty, or others may read it
 */
export async function givenPassphrases(choice: PassphraseChoice, io: Io): Promise<GivenPassphrases | undefined> {
  const text = choice.isPiped ? await readPiped(io) : choice.file && (await readSecretFile(choice.file, io.cwd));
  if (text === undefined) return undefined;
  const [first = '', second] = text.split(/\r?\n/);
  if (first === '') throw new ContentTrustError('the passphrase that was given is empty');
  return { present: always(first), next: second ? always(second) : undefined };
}

export interface GivenPassphrases {
  readonly present: PassphraseSource;
  readonly next: PassphraseSource | undefined;
}

const always = (passphrase: string): PassphraseSource => ({
  ask: async ({ attempt }) => (attempt > 0 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase }),
});

/** Text of a file that its owner alone may read. @throws {ContentTrustError} */
export async function readSecretFile(file: string, cwd: string): Promise<string> {
  try {
    await using handle = await open(resolve(cwd, file), 'r');
    const { mode, size } = await handle.stat();
    if (mode & FOR_OTHERS)
      throw new ContentTrustError(`passphrase file ${file} must not be readable or writable by others`);
    if (size > MAX_FILE_BYTES) throw new ContentTrustError(`passphrase file ${file} is too long`);
    return await handle.readFile('utf8');
  } catch (cause) {
    if (cause instanceof ContentTrustError) throw cause;
    throw new ContentTrustError(`cannot read passphrase file ${file}: ${systemErrorText(cause)}`, { cause });
  }
}
