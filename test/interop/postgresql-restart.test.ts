import { expect, test } from 'vitest';
import { TARGETS } from '../../src/tuf/index.ts';
import { files, publishNew, startServer } from '../notary/running-server.ts';
import { signTargets } from '../tuf-repository.ts';
import { ourProgram } from './peers/our-program.ts';
import { startPostgresql } from './peers/postgresql.ts';
import { createWorkspace } from './peers/workspace.ts';

test('a server answers again when PostgreSQL has been restarted, and kept nothing that is stale', async () => {
  await using workspace = await createWorkspace();
  await using postgresql = await startPostgresql(workspace);
  const path = await postgresql.createDatabase('n');
  await using server = await startServer({ path });
  const repository = await publishNew(server.client, 'example.com/a');
  const get = () => server.client.getMetadata(repository.name, TARGETS);
  await postgresql.restart(async () => {
    await expect(get()).rejects.toMatchObject({ code: 'NOTARY_REMOTE_UNAVAILABLE' });
  });
  await expect
    .poll(
      () =>
        get().then(
          () => 'answered',
          () => 'failed',
        ),
      { timeout: 20_000 },
    )
    .toBe('answered');
  const { bytes } = await signTargets(repository, { version: 2 });
  await server.client.publish(repository.name, files({ targets: bytes }));
  expect(Buffer.from(await get())).toEqual(bytes);
});

test('a store moves from SQLite to PostgreSQL and back by backup and restore', async () => {
  await using workspace = await createWorkspace();
  await using postgresql = await startPostgresql(workspace);
  const sqlite = workspace.at('n.db');
  {
    await using server = await startServer({ path: sqlite });
    await publishNew(server.client, 'example.com/a');
    await publishNew(server.client, 'example.com/b');
  }
  const url = await postgresql.createDatabase('n');
  const back = workspace.at('back.db');
  for (const [from, to] of [
    [sqlite, url],
    [url, back],
  ] as const) {
    const file = workspace.at('backup.gz');
    for (const line of [
      ['backup', '--database', from, file],
      ['restore', '--database', to, file],
      ['verify', '--database', to],
    ])
      expect(await ourProgram(workspace, ['notary-server', ...line])).toMatchObject({ status: 0, stderr: '' });
  }
  await using server = await startServer({ path: url });
  await publishNew(server.client, 'example.com/c'); // numbers go on after those of the backup
  expect(await postgresql.psql('n', 'select count(*), max(id) from trustsandbox.changefeed')).toBe('3|3\n');
});
