import { expect, test } from 'vitest';
import { openDatabase, parseDatabaseLocation } from '../../src/storage/index.ts';
import { createPemFolder, issue } from '../notary/signer/certificates.ts';
import { startPostgresql } from './peers/postgresql.ts';
import { createWorkspace } from './peers/workspace.ts';

test('TLS to PostgreSQL is as strict as sslmode says, and shows a certificate of ours', async () => {
  await using workspace = await createWorkspace();
  await using pems = await createPemFolder();
  const [ca, stranger] = [issue('CA', { isCa: true }), issue('stranger', { isCa: true })];
  const server = issue('db', { by: ca });
  const { caFile } = await pems.write(undefined, [ca]);
  const ours = await pems.write(issue('tester', { by: ca }), [stranger]);
  await using postgresql = await startPostgresql(workspace, { cert: server.cert, key: server.key, ca: ca.cert });
  const url = (await postgresql.createDatabase('t')).replace(/\?.*/, '');
  const client = `sslcert=${ours.certFile}&sslkey=${ours.keyFile}`;
  const attempt = async (parameters: string, at = url): Promise<string> => {
    try {
      await using _ = await openDatabase(parseDatabaseLocation(`${at}?${parameters}`), {});
      return 'connected';
    } catch (thrown) {
      return String((thrown as Error).message);
    }
  };
  expect(await attempt('sslmode=disable')).toContain('no encryption');
  expect(await attempt('sslmode=require')).toContain('client certificate');
  expect(await attempt(client)).toBe('connected'); // by `require`
  expect(await attempt(`sslmode=verify-full&sslrootcert=${caFile}&${client}`)).toBe('connected');
  expect(await attempt(`sslmode=verify-ca&sslrootcert=${ours.caFile}&${client}`)).toContain('certificate');
  expect(await attempt(`sslmode=require&sslrootcert=${ours.caFile}&${client}`)).toContain('certificate');
  expect(await attempt(`sslmode=verify-full&${client}`)).toContain('certificate');
  const byName = url.replace('127.0.0.1', 'localhost'); // which the certificate does not name
  expect(await attempt(`sslmode=verify-ca&sslrootcert=${caFile}&${client}`, byName)).toBe('connected');
  expect(await attempt(`sslmode=verify-full&sslrootcert=${caFile}&${client}`, byName)).toContain('altnames');
});
