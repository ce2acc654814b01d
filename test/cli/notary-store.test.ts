import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';
import { openNotaryDatabase } from '../../src/notary/index.ts';
import { files, publishNew, startServer } from '../notary/running-server.ts';
import { signTargets, TEST_NOW } from '../tuf-repository.ts';

const DAY_MS = 86_400_000;

describe('notary-server, on the store as a whole', () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'notary-store-'));
    await using server = await startServer({ path: join(folder, 'n.db') });
    const repository = await publishNew(server.client, 'example.com/a');
    for (let version = 2; version <= 5; version += 1) {
      const { bytes } = await signTargets(repository, { version });
      await server.client.publish(repository.name, files({ targets: bytes }));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(command: string, days = 0) {
    const [stdout, stderr] = [captureOutput(), captureOutput()];
    const clock = { now: () => new Date(TEST_NOW.getTime() + days * DAY_MS) };
    const io = testIo({ stdout, stderr, clock, cwd: folder, env: { TRUSTSANDBOX_HOME: folder } });
    const status = await runProgram(trustsandboxProgram, ['notary-server', ...command.split(' ')], io);
    return { status, stdout: stdout.text, stderr: stderr.text };
  }
  const verified = (count: number) => ({ status: 0, stdout: `1 collection, ${count} files: all well\n`, stderr: '' });

  test('verify says that all is well, or what is not', async () => {
    expect(await run('verify --database n.db')).toEqual(verified(16));
    {
      await using database = await openNotaryDatabase(join(folder, 'n.db'));
      await database.query.deleteFrom('tuf_files').where('role', '=', 'snapshot').where('version', '=', 3).execute();
    }
    const found = await run('verify --database n.db');
    expect(found).toMatchObject({ status: 1, stdout: '1 collection, 15 files: 1 problem\n' });
    expect(found.stderr).toMatch(/^example\.com\/a: timestamp 3: names a snapshot that is not stored: [0-9a-f]{64}\n$/);
    const [problem] = JSON.parse((await run('verify --database n.db --format json')).stdout).problems;
    expect(problem).toMatchObject({ role: 'timestamp', version: 3, isCurrent: false });
  });

  test('backup and restore go from one database to another, and not over what is there', async () => {
    expect(await run('backup --database n.db b.gz')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^b\.gz: \d+ rows\n$/),
    });
    expect(await run('restore --database other.db b.gz')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^restored: \d+ rows, 1 collection, as of 2026-11-23T12:00:00\.000Z\n$/),
    });
    expect(await run('verify --database other.db')).toEqual(verified(16));
    expect(await run('audit verify --database other.db')).toMatchObject({ status: 0 });
    expect(await run('restore --database other.db b.gz')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('restore into an empty one'),
    });
    expect(await run('restore --force -q --database other.db b.gz')).toMatchObject({ status: 0, stdout: '' });
    expect(await run('verify --database other.db')).toEqual(verified(16));
  });

  test('prune forgets old versions, when there is something that says which', async () => {
    expect(await run('prune --database n.db')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--keep-versions'),
    });
    const trial = await run('prune --database n.db --keep-versions 2 --dry-run', 1);
    expect(trial.stdout).toMatch(/^example\.com\/a: 9 files, .*\nwould forget 9 files, .*\n$/);
    expect(await run('verify --database n.db')).toEqual(verified(16));
    expect((await run('prune --database n.db --keep-versions 2', 1)).stdout).toMatch(/\nforgot 9 files, /);
    expect(await run('verify --database n.db')).toEqual(verified(7));
    expect(await run('audit verify --database n.db')).toMatchObject({ status: 0 });
    expect((await run('audit list --database n.db --format json -n 1')).stdout).toContain('"action":"prune"');
  });

  test.each([
    { command: 'import', says: 'say where from' },
    { command: 'import --from mysql://u:secret@db/n --from-config x.json', says: 'say where from' },
    { command: 'import --keys-from mysql://u:secret@db/n', says: 'go together' },
    { command: 'import --from sqlite:///secret', says: 'postgres://… or mysql://…' },
    { command: 'import --from mysql://u:secret@127.0.0.1:1/n', says: 'ECONNREFUSED' },
    { command: 'import --from-config none.json', says: 'cannot be read' },
    { command: 'verify --database mysql://u:secret@db/n', says: 'want sqlite or postgresql' },
    { command: 'verify --database postgres://u:secret@127.0.0.1:1/n', says: 'ECONNREFUSED' },
    { command: 'restore --database o.db none.gz', says: 'none.gz' },
  ])('$command is refused without a secret in the answer', async ({ command, says }) => {
    const { status, stdout, stderr } = await run(command);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('secret');
  });
});
