import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type NotaryDatabase,
  openNotaryDatabase,
  restoreBackup,
  verifyStore,
  writeBackup,
} from '../../src/notary/index.ts';
import { signTargets, TEST_NOW } from '../tuf-repository.ts';
import { readWhile } from './race.ts';
import { files, publishNew, type RunningServer, startServer } from './running-server.ts';

const now = TEST_NOW;

async function problemsOf(database: NotaryDatabase): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { problems } of verifyStore(database, { now })) found.push(...problems);
  return found;
}

async function contentOf({ query }: NotaryDatabase): Promise<unknown> {
  return {
    files: await query
      .selectFrom('tuf_files')
      .select(['gun', 'role', 'version', 'sha256', 'data', 'created_at'])
      .orderBy('gun')
      .orderBy('role')
      .orderBy('version')
      .execute(),
    changes: await query.selectFrom('changefeed').selectAll().orderBy('id').execute(),
    keys: await query
      .selectFrom('server_keys')
      .select(['keyid', 'gun', 'role', 'private_key'])
      .orderBy('keyid')
      .execute(),
    audit: await query.selectFrom('audit_log').selectAll().orderBy('sequence').execute(),
    head: await query.selectFrom('audit_head').selectAll().execute(),
  };
}

describe('a backup', () => {
  let folder: string;
  let server: RunningServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'notary-backup-'));
    server = await startServer({ path: join(folder, 'from.db') });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const at = (name: string): string => join(folder, name);
  const publishTwo = async () => {
    const repository = await publishNew(server.client, 'example.com/a');
    await publishNew(server.client, 'example.com/b');
    await server.client.publish(
      repository.name,
      files({ targets: (await signTargets(repository, { version: 2 })).bytes }),
    );
    return repository;
  };

  test('restored elsewhere is the same store: files, feed with its numbers, keys, audit log', async () => {
    await publishTwo();
    const rows = await writeBackup(server.database, at('backup.gz'), { now });
    expect(statSync(at('backup.gz')).mode & 0o777).toBe(0o600);
    await using restored = await openNotaryDatabase(at('to.db'));
    const report = await restoreBackup(restored, at('backup.gz'), { now, isForced: false });
    expect(report).toMatchObject({ rows, collections: 2, problems: [] });
    expect(await contentOf(restored)).toEqual(await contentOf(server.database));
    expect(await problemsOf(restored)).toEqual([]);
  });

  test('taken while publishers publish has each update whole or not at all', async () => {
    const repository = await publishTwo();
    await using beside = await openNotaryDatabase(at('from.db')); // as a command does, in a process of its own
    const publishing = (async () => {
      for (let version = 3; version < 25; version += 1) {
        const { bytes } = await signTargets(repository, { version });
        await server.client.publish(repository.name, files({ targets: bytes }));
      }
    })();
    let backups = 0;
    await readWhile(publishing, async () => {
      backups += 1;
      await writeBackup(beside, at(`backup-${backups}.gz`), { now });
    });
    for (let backup = 1; backup <= backups; backup += 1) {
      await using restored = await openNotaryDatabase(':memory:');
      const { problems } = await restoreBackup(restored, at(`backup-${backup}.gz`), { now, isForced: false });
      expect(problems).toEqual([]);
    }
  });

  test('is not restored over what is there, unless told to', async () => {
    await publishTwo();
    await writeBackup(server.database, at('backup.gz'), { now });
    await publishNew(server.client, 'example.com/later');
    const restoring = restoreBackup(server.database, at('backup.gz'), { now, isForced: false });
    await expect(restoring).rejects.toMatchObject({ code: 'NOTARY_DATABASE_NOT_EMPTY' });
    await server.client.getMetadata('example.com/later' as never, 'root' as never);
    await restoreBackup(server.database, at('backup.gz'), { now, isForced: true });
    expect(JSON.stringify(await contentOf(server.database))).not.toContain('example.com/later');
  });

  test.each([
    { why: 'is cut off', damage: (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1) },
    { why: 'is cut off at a line', damage: (bytes: Buffer) => edit(bytes, (lines) => lines.slice(0, -1)) },
    { why: 'lacks a row', damage: (bytes: Buffer) => edit(bytes, (lines) => lines.toSpliced(3, 1)) },
    {
      why: 'has a row twice',
      damage: (bytes: Buffer) => edit(bytes, (lines) => lines.toSpliced(3, 0, lines[3] ?? '')),
    },
    {
      why: 'has a byte changed',
      damage: (bytes: Buffer) =>
        edit(bytes, (lines) => lines.map((line) => line.replace('example.com/b', 'example.com/c'))),
    },
    { why: 'has more after its end', damage: (bytes: Buffer) => edit(bytes, (lines) => [...lines, lines[3] ?? '']) },
    {
      why: 'is of a newer program',
      damage: (bytes: Buffer) => edit(bytes, (lines) => lines.map((line) => line.replace('0001-first', '0099-next'))),
    },
    { why: 'is something else', damage: () => Buffer.from('PK') },
    { why: 'is empty', damage: () => Buffer.alloc(0) },
  ])('that $why is refused before anything is changed', async ({ damage }) => {
    await publishTwo();
    await writeBackup(server.database, at('backup.gz'), { now });
    writeFileSync(at('damaged.gz'), damage(readFileSync(at('backup.gz'))));
    await using restored = await openNotaryDatabase(':memory:');
    const restoring = restoreBackup(restored, at('damaged.gz'), { now, isForced: true });
    await expect(restoring).rejects.toMatchObject({ code: 'NOTARY_BACKUP_INVALID' });
    expect(await contentOf(restored)).toMatchObject({ files: [], changes: [], keys: [] });
  });
});

function edit(bytes: Buffer, change: (lines: string[]) => string[]): Buffer {
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
  return gzipSync(`${change(lines).join('\n')}\n`);
}
