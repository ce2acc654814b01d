import { describe, expect, test } from 'vitest';
import { type Log, silentLog, systemClock } from '../../../src/core/index.ts';
import { type NotaryDatabase, openNotaryDatabase, openServerKeys } from '../../../src/notary/index.ts';
import { parseGun } from '../../../src/tuf/index.ts';
import { publishNew, startServer } from '../running-server.ts';
import { type RunningSigner, startSigner } from './running-signer.ts';

const [GUN, OTHER] = [parseGun('example.com/one'), parseGun('example.com/two')];

function openKeys({ server, clientTls }: RunningSigner, database: NotaryDatabase, log: Log = silentLog) {
  const remote = { kind: 'remote', hostname: '127.0.0.1', port: server.port, tls: clientTls } as const;
  return openServerKeys({ ...remote, keyAlgorithm: 'ecdsa' }, { database, clock: systemClock, log });
}

describe('a server with a remote signer', () => {
  test('takes updates, and signs snapshot and timestamp with keys that it does not have', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    await using keys = await openKeys(signer, database);
    await using server = await startServer({ keys });
    const { name } = await publishNew(server.client, 'example.com/remote');
    expect((await server.client.getKey(name, 'timestamp')).keytype).toBe('ecdsa');
    const kept = await database.query.selectFrom('server_keys').selectAll().execute();
    expect(kept.map(({ role, private_key }) => [role, private_key.length]).sort()).toEqual([
      ['snapshot', 0],
      ['timestamp', 0],
    ]);
  });

  test('rotates to a new key, however often it is asked until that is published', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    await using keys = await openKeys(signer, database);
    await using server = await startServer({ keys });
    const { name } = await publishNew(server.client, 'example.com/remote');
    const before = await server.client.getKey(name, 'snapshot');
    const rotated = await server.client.rotateKey(name, 'snapshot');
    expect(rotated.keyid).not.toBe(before.keyid);
    expect((await server.client.rotateKey(name, 'snapshot')).keyid).toBe(rotated.keyid);
    expect((await server.client.getKey(name, 'snapshot')).keyid).toBe(before.keyid);
  });

  test('does not sign for one collection with the key of another', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    const warnings: string[] = [];
    await using keys = await openKeys(signer, database, { ...silentLog, warn: (event) => warnings.push(event) });
    const { keyid } = await keys.createKey(GUN, 'timestamp');
    expect(await keys.findSigner(OTHER, 'timestamp', keyid)).toBeUndefined();
    expect(await keys.findSigner(GUN, 'snapshot', keyid)).toBeUndefined();
    expect(await keys.findSigner(GUN, 'timestamp', keyid)).toBeDefined();
    expect(warnings).toHaveLength(2);
  });

  test('learns whose a key is from the first root that lists it, where the signer does not say', async () => {
    await using signer = await startSigner();
    const row = await signer.keys.create({ algorithm: 'ecdsa', gun: GUN, role: 'timestamp' });
    signer.keys.find = async () => ({ ...row, gun: '' }); // as an original answers
    await using database = await openNotaryDatabase(':memory:'); // taken over: it knows of no key
    await using keys = await openKeys(signer, database);
    expect(await keys.findSigner(GUN, 'timestamp', row.keyid)).toBeDefined();
    expect(await keys.findSigner(OTHER, 'timestamp', row.keyid)).toBeUndefined();
  });

  test('does not know a key that the signer does not know', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    await using keys = await openKeys(signer, database);
    expect(await keys.findSigner(GUN, 'timestamp', '0'.repeat(64))).toBeUndefined();
  });

  test('publishes no signature that is not the key’s', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    await using keys = await openKeys(signer, database);
    const { keyid } = await keys.createKey(GUN, 'timestamp');
    const { sign } = signer.keys;
    signer.keys.sign = (id) => sign.call(signer.keys, id, Buffer.from('something else'));
    const found = await keys.findSigner(GUN, 'timestamp', keyid);
    await expect(found?.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'NOTARY_SIGNER_ANSWER' });
  });

  test('starts without its signer, says so when asked how it is, and answers 500 to who needs a key', async () => {
    await using database = await openNotaryDatabase(':memory:');
    const signer = await startSigner();
    await using keys = await openKeys(signer, database);
    await using server = await startServer({ keys });
    await signer[Symbol.asyncDispose]();
    await expect(keys.health()).rejects.toThrow(/^rpc error: code = Unavailable desc = /);
    const answer = await fetch(`${server.url}/v2/example.com/one/_trust/tuf/timestamp.key`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'UNKNOWN' }] });
  });

  test('goes on with new certificates, and with the old ones when the new are none', async () => {
    await using signer = await startSigner();
    await using database = await openNotaryDatabase(':memory:');
    await using keys = await openKeys(signer, database);
    await keys.health();
    await keys.reload();
    await keys.health();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(signer.clientTls.certFile ?? '', 'nothing');
    await expect(keys.reload()).rejects.toMatchObject({ code: 'NOTARY_SIGNER_TLS' });
    await keys.health();
  });
});
