import { expect, test } from 'vitest';
import { silentLog, systemClock } from '../../src/core/index.ts';
import { changeSecret, openNotaryDatabase, openServerKeys, type SecretSource } from '../../src/notary/index.ts';
import { parseGun } from '../../src/tuf/index.ts';
import { startPostgresql } from './peers/postgresql.ts';
import { createWorkspace } from './peers/workspace.ts';

const GUN = parseGun('example.com/replicated');

test('replicas over one PostgreSQL share a secret, and a change of it leaves none of their keys behind', async () => {
  await using workspace = await createWorkspace();
  await using postgresql = await startPostgresql(workspace);
  const url = await postgresql.createDatabase('notary');
  const [from, to] = ['old', 'new'].map(
    (name): SecretSource => ({ kind: 'key-file', path: workspace.at(name), isMade: true }),
  ) as [SecretSource, SecretSource];
  const open = async (secret: SecretSource) => {
    const database = await openNotaryDatabase(url);
    const opening = openServerKeys({ kind: 'local', secret }, { database, clock: systemClock, log: silentLog });
    const keys = await opening.catch(async (error: unknown) => {
      await database[Symbol.asyncDispose]();
      throw error;
    });
    return { database, keys, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  };
  await using one = await open(from);
  await using other = await open(from);
  const made: string[] = [];
  const make = async ({ keys }: typeof one): Promise<void> => {
    for (let n = 0; n < 40; n += 1) made.push((await keys.createKey(GUN, 'timestamp')).keyid);
  };
  const [, , changed] = await Promise.allSettled([make(one), make(other), changeSecret(other.database, { from, to })]);
  expect(changed.status).toBe('fulfilled');
  await expect(one.keys.createKey(GUN, 'timestamp')).rejects.toMatchObject({ code: 'NOTARY_VAULT' });
  await using renewed = await open(to);
  for (const keyid of made) expect(await renewed.keys.findSigner(GUN, 'timestamp', keyid)).toBeDefined();
  await expect(open(from)).rejects.toMatchObject({ code: 'NOTARY_SECRET_WRONG' });
});
