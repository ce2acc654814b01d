import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../src/core/index.ts';
import { changeSecret, openNotaryDatabase, type SecretSource } from '../../../src/notary/index.ts';
import { openKeyRows } from '../../../src/notary/signer/open-signer-keys.ts';
import { reencryptKeys } from '../../../src/notary/signer/reencrypt.ts';
import { aliases, secrets } from './two-secrets.ts';

/* A program of its own, to be killed: encrypts all keys of a server or a signer with one secret, then the other, and so on. */
const [, , kind, path = ''] = process.argv;

async function changeServer(): Promise<never> {
  await using database = await openNotaryDatabase(path);
  let [from, to]: SecretSource[] = secrets;
  for (;;) {
    const count = await changeSecret(database, { from: from as SecretSource, to: to as SecretSource }).catch(() => 0);
    [from, to] = [to, from];
    process.stdout.write(`${count}\n`);
  }
}

async function changeSigner(): Promise<never> {
  await using open = await openKeyRows({ kind: 'sqlite', path });
  const work = { passphrases: aliases, clock: systemClock, random: randomBytes, rounds: 1000 };
  for (let [from, to] = ['a', 'b']; ; [from, to] = [to, from]) {
    const { done } = await reencryptKeys(open.rows, { ...work, from: from ?? '', to: to ?? '' });
    process.stdout.write(`${done}\n`);
  }
}

await (kind === 'server' ? changeServer() : changeSigner());
