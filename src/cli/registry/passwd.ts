import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MAX_PASSWORD_BYTES } from '../../http/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { readPiped } from '../piped-input.ts';
import { ioPrompter } from '../prompt.ts';

interface PasswdOptions {
  readonly file: string;
  readonly user: string;
  readonly isRemoval: boolean;
  readonly cost: number;
}

/** Work of a check doubles with each: 10 takes some 60 ms here, and is what `htpasswd -B` is usually asked for. */
const DEFAULT_COST = 10;
const [MIN_COST, MAX_COST] = [5, 16];

/** `registry passwd`: adds, changes and removes users of a file that registries and token servers check passwords by. */
export const passwd = defineCommand({
  usage: '[OPTIONS] FILE USER',
  summary:
    'Set the password of a user in an htpasswd file (bcrypt), making file and user when they are not there.\n' +
    'The password is asked for, or read from stdin when that is no terminal.',
  flags: {
    remove: { kind: 'boolean', help: 'Remove the user' },
    cost: {
      kind: 'string',
      value: 'int',
      help: `Work of a check, ${MIN_COST} to ${MAX_COST} (default ${DEFAULT_COST})`,
    },
  },
  arguments: exactly(2),
  parse: ({ remove = false, cost = String(DEFAULT_COST) }, [file = '', user = '']): PasswdOptions => {
    if (!/^[^:#\s\0][^:\n\r\0]{0,254}$/.test(user))
      throw new ExitError(1, `${JSON.stringify(user)} can't be a user's name`);
    const rounds = /^\d+$/.test(cost) ? Number(cost) : 0;
    if (rounds < MIN_COST || rounds > MAX_COST) throw new ExitError(1, `--cost: want ${MIN_COST} to ${MAX_COST}`);
    return { file, user, isRemoval: remove, cost: rounds };
  },
  async run({ file, user, isRemoval, cost }, io) {
    const path = resolve(io.cwd, file);
    const before = await readLines(path);
    const others = before.filter((line) => !line.startsWith(`${user}:`));
    const isKnown = others.length < before.length;
    if (isRemoval && !isKnown) throw new ExitError(1, `${file} has no user ${user}`);
    const line = isRemoval ? undefined : `${user}:${await hashOf(await askPassword(user, io), cost)}`;
    await replaceFile(path, [...others, ...(line ? [line] : [])].map((each) => `${each}\n`).join(''));
    printLine(io.stdout, `${isRemoval ? 'Removed' : isKnown ? 'Changed password of' : 'Added'} user ${user}`);
    return 0;
  },
});

async function askPassword(user: string, io: Io): Promise<string> {
  const password = io.stdin.isTerminal ? await askTwice(user, io) : await readPiped(io);
  const size = Buffer.byteLength(password);
  if (size === 0) throw new ExitError(1, 'a password is needed');
  if (size > MAX_PASSWORD_BYTES || password.includes('\0')) {
    throw new ExitError(1, `bcrypt takes up to ${MAX_PASSWORD_BYTES} bytes, none of them zero`);
  }
  return password;
}

async function askTwice(user: string, io: Io): Promise<string> {
  const prompter = ioPrompter(io);
  const password = (await prompter.askHidden(`New password for ${user}: `)) ?? '';
  if ((await prompter.askHidden('Repeat password: ')) !== password) throw new ExitError(1, 'passwords do not match');
  return password;
}

async function hashOf(password: string, cost: number): Promise<string> {
  const { hash } = await import('bcryptjs');
  return hash(password, cost);
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A server reads the file while it is written: it sees the old one or the new. Its mode stays; a new one is 0600. */
async function replaceFile(path: string, text: string): Promise<void> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  );
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}
