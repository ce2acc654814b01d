import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exportKeys, type KeyStore } from '../../trust/index.ts';
import { anyArguments, defineCommand } from '../command.ts';
import { chosenKey } from './chosen-key.ts';
import { openKeyStore, openTrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const FILE_MODE = 0o600;

/** `trust key export`. */
export const keyExport = defineCommand({
  usage: '[OPTIONS] [KEY...]',
  summary: 'Write private keys as PEM, encrypted as they are',
  arguments: anyArguments,
  flags: {
    output: { kind: 'string', short: 'o', help: 'File to write, instead of stdout' },
    repository: { kind: 'list', help: 'Write the keys of this repository' },
  },
  parse: ({ output, repository = [] }, keys) => ({ output, repositories: repository, keys }),
  async run({ output, repositories, keys }, io) {
    const store = openKeyStore(await openTrustContext(io));
    const wanted = await chosenKeyids(store, keys, repositories);
    if (wanted.length === 0) throw new ContentTrustError('no keys to export');
    const text = await exportKeys(store, wanted);
    if (output === undefined) io.stdout.write(text);
    else await writeFile(resolve(io.cwd, output), text, { mode: FILE_MODE });
    return 0;
  },
});

/** Those named and those of the repositories; all when nothing is named. */
async function chosenKeyids(
  store: KeyStore,
  keys: readonly string[],
  repositories: readonly string[],
): Promise<readonly string[]> {
  const all = await store.list();
  if (keys.length === 0 && repositories.length === 0) {
    const files = await Promise.all(all.map(async ({ keyid }) => ((await store.findFile(keyid)) ? [keyid] : [])));
    return files.flat(); // those on a token stay there
  }
  const named: string[] = [];
  for (const key of keys) named.push((await chosenKey(store, key)).keyid);
  const theirs = all.filter(({ gun }) => gun !== undefined && repositories.includes(gun)).map(({ keyid }) => keyid);
  return [...new Set([...named, ...theirs])];
}
