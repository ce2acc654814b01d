import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Gun, RoleName } from '../../../tuf/index.ts';
import { MetadataStore } from '../metadata-store.ts';
import { type NotaryDatabase, openNotaryDatabase } from '../schema.ts';
import { AuditLog, appendEntry } from './audit-log.ts';
import { type AuditEvent, formatEntry, hashEntry, NO_HASH, parseEntry } from './entry.ts';
import { verifyAudit } from './verify-audit.ts';

const AT = new Date('2026-11-24T08:00:00.000Z');
const ALICE = { subject: 'alice', address: '127.0.0.1' };
const GUN = 'example.com/app' as Gun;

let database: NotaryDatabase;
let log: AuditLog;
beforeEach(async () => {
  database = await openNotaryDatabase(':memory:');
  log = new AuditLog(database);
});
afterEach(() => database[Symbol.asyncDispose]());

/** Stores version `version` of targets and appends what was done. */
async function publish(version: number, gun = GUN): Promise<void> {
  const bytes = Buffer.from(`${gun} ${version}`);
  await new MetadataStore(database).addFiles(
    gun,
    [{ role: 'targets' as RoleName, version, bytes }],
    AT,
    (transaction, files) =>
      appendEntry(transaction, {
        at: AT,
        action: 'publish',
        gun,
        actor: ALICE,
        files: files.map(({ role, version: of, sha256 }) => ({ role, version: of, sha256 })),
      }),
  );
}

function append(event: Partial<AuditEvent> = {}): Promise<void> {
  return database.transaction((transaction) =>
    appendEntry(transaction, { at: AT, action: 'create-key', gun: GUN, actor: ALICE, ...event }),
  );
}

const update = (sequence: number, row: object) =>
  database.query.updateTable('audit_log').set(row).where('sequence', '=', sequence).execute();
const remove = (from: number, to: number) =>
  database.query.deleteFrom('audit_log').where('sequence', '>=', from).where('sequence', '<=', to).execute();
const setHead = (head: object) => database.query.updateTable('audit_head').set(head).execute();
const rowOf = async (sequence: number) =>
  database.query.selectFrom('audit_log').selectAll().where('sequence', '=', sequence).executeTakeFirstOrThrow();

describe('the audit log', () => {
  test('is whole when nobody has touched it', async () => {
    for (const version of [1, 2, 3]) await publish(version);
    await append();
    const head = await log.head();
    expect(await verifyAudit(database, head.hash)).toEqual({
      entries: 4,
      head,
      break: undefined,
      files: 3,
      filesOutside: 0,
    });
  });

  test('is whole when it is empty', async () => {
    expect(await verifyAudit(database)).toMatchObject({
      entries: 0,
      head: { sequence: 0, hash: NO_HASH },
      break: undefined,
    });
  });

  test('has one chain, however many append at once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => append({ note: String(n) })));
    expect(await verifyAudit(database)).toMatchObject({ entries: 40, break: undefined });
  });

  test('does not have what was undone', async () => {
    await publish(2);
    await expect(publish(1)).rejects.toMatchObject({ code: 'NOTARY_VERSION_CONFLICT' });
    expect(await verifyAudit(database)).toMatchObject({ entries: 1, files: 1, filesOutside: 0 });
  });

  test('lists what is asked for, oldest first', async () => {
    await publish(1);
    await append({ gun: 'other', at: new Date('2026-11-25T00:00:00Z') });
    await append({ action: 'prune', note: '3 files' });
    const sequences = async (query: Parameters<AuditLog['list']>[0]) =>
      (await log.list(query)).map(({ entry }) => entry.sequence);
    expect(await sequences({})).toEqual([1, 2, 3]);
    expect(await sequences({ gun: GUN })).toEqual([1, 3]);
    expect(await sequences({ limit: 2 })).toEqual([2, 3]);
    expect(await sequences({ action: 'prune' })).toEqual([3]);
    expect(await sequences({ since: new Date('2026-11-25T00:00:00Z') })).toEqual([2]);
    expect(await sequences({ until: AT })).toEqual([1, 3]);
  });

  test.each<{ what: string; tamper: () => Promise<unknown>; sequence?: number; problem: string }>([
    {
      what: 'text that was changed',
      tamper: async () => update(2, { entry: (await rowOf(2)).entry.replace('alice', 'mallo') }),
      sequence: 2,
      problem: 'was changed: its hash is another',
    },
    {
      what: 'text that was changed, and its hash with it',
      tamper: async () => {
        const entry = (await rowOf(2)).entry.replace('alice', 'mallo');
        await update(2, { entry, hash: hashEntry(entry) });
      },
      sequence: 3,
      problem: 'does not follow the entry before it',
    },
    {
      what: 'text that is no entry',
      tamper: () => update(2, { entry: '{}' }),
      sequence: 2,
      problem: 'not in the form',
    },
    {
      what: 'a time that was changed',
      tamper: () => update(2, { created_at: 1 }),
      sequence: 2,
      problem: 'looked up under',
    },
    {
      what: 'a collection that was changed',
      tamper: () => update(2, { gun: 'x' }),
      sequence: 2,
      problem: 'looked up under',
    },
    { what: 'an entry that was removed', tamper: () => remove(2, 2), sequence: 2, problem: 'is missing' },
    { what: 'the first that was removed', tamper: () => remove(1, 1), sequence: 1, problem: 'is missing' },
    {
      what: 'the last that was removed',
      tamper: () => remove(4, 4),
      problem: 'the head is entry 4, and the log ends at entry 3',
    },
    {
      what: 'entries that changed places',
      tamper: async () => {
        await update(2, { sequence: 99 });
        await update(3, { sequence: 2 });
        await update(99, { sequence: 3 });
      },
      sequence: 2,
      problem: 'says that it is entry 3',
    },
    {
      what: 'an entry put in between, those after it moved',
      tamper: async () => {
        const { entry } = await rowOf(2);
        for (const at of [4, 3]) await update(at, { sequence: at + 1 });
        const forged = entry.replace('"sequence":2', '"sequence":3');
        const row = { ...(await rowOf(2)), sequence: 3, entry: forged, hash: hashEntry(forged) };
        await database.query.insertInto('audit_log').values(row).execute();
      },
      sequence: 3,
      problem: 'does not follow the entry before it',
    },
    {
      what: 'a head that was changed',
      tamper: () => setHead({ hash: 'f'.repeat(64) }),
      problem: 'the head is entry 4',
    },
    {
      what: 'a file that was changed',
      tamper: () =>
        database.query
          .updateTable('tuf_files')
          .set({ data: Buffer.from('x') })
          .where('version', '=', 2)
          .execute(),
      sequence: 2,
      problem: 'says that targets 2 of example.com/app is',
    },
  ])('shows $what', async ({ tamper, sequence, problem }) => {
    for (const version of [1, 2, 3, 4]) await publish(version);
    await tamper();
    const { break: found } = await verifyAudit(database);
    expect(found?.problem).toContain(problem);
    expect(found?.sequence).toBe(sequence);
  });

  test('shows that its end was cut off, and the head with it, to those who know a head, and to nobody else', async () => {
    for (const version of [1, 2, 3]) await publish(version);
    const pinned = await log.head();
    await remove(3, 3);
    await setHead({ sequence: 2, hash: (await rowOf(2)).hash });
    expect(await verifyAudit(database)).toMatchObject({ break: undefined, filesOutside: 1 });
    expect((await verifyAudit(database, pinned.hash)).break?.problem).toContain('is in no entry');
  });

  test('knows that what was deleted may be published anew', async () => {
    await publish(1);
    await new MetadataStore(database).deleteCollection(GUN, AT, (transaction) =>
      appendEntry(transaction, { at: AT, action: 'delete', gun: GUN, actor: ALICE }),
    );
    const bytes = Buffer.from('another');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await new MetadataStore(database).addFiles(
      GUN,
      [{ role: 'targets' as RoleName, version: 1, bytes }],
      AT,
      (transaction) =>
        appendEntry(transaction, {
          at: AT,
          action: 'publish',
          gun: GUN,
          actor: ALICE,
          files: [{ role: 'targets', version: 1, sha256 }],
        }),
    );
    expect(await verifyAudit(database)).toMatchObject({ break: undefined, files: 1, filesOutside: 0 });
  });
});

describe('an entry', () => {
  const event = fc.record(
    {
      at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
      action: fc.constantFrom('publish', 'sign', 'delete', 'create-key', 'import', 'restore', 'prune'),
      gun: fc.string({ minLength: 1 }),
      actor: fc.record({
        subject: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        address: fc.option(fc.ipV4(), { nil: undefined }),
      }),
      note: fc.string({ unit: 'binary' }),
      files: fc.array(
        fc.record({ role: fc.constantFrom('root', 'targets'), version: fc.nat(), sha256: fc.constant('a'.repeat(64)) }),
      ),
    },
    { requiredKeys: ['at', 'action', 'actor'] },
  ) as fc.Arbitrary<AuditEvent>;
  const plain = event.filter(({ gun }) => gun === undefined || !/[\p{Cc}\p{Cs}]/u.test(gun));

  test('of whatever happened is read back as it was written', () => {
    fc.assert(
      fc.property(plain, fc.nat(), (of, sequence) => {
        const text = formatEntry(of, sequence, NO_HASH);
        const { at, action, gun } = parseEntry(text);
        expect({ at, action, gun }).toEqual({ at: of.at.toISOString(), action: of.action, gun: of.gun });
      }),
    );
  });

  test('of which any byte was changed is no entry, or has another hash', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (of, where, code) => {
        const text = formatEntry(of, 7, NO_HASH);
        const at = where % text.length;
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        expect(changed === text || hashEntry(changed) !== hashEntry(text)).toBe(true);
      }),
    );
  });
});

test('any row of a log changed in any way breaks it', { timeout: 20_000 }, async () => {
  for (const version of [1, 2, 3, 4, 5]) await publish(version);
  const rows = await database.query.selectFrom('audit_log').selectAll().orderBy('sequence').execute();
  const column = fc.constantFrom('sequence', 'created_at', 'gun', 'action', 'entry', 'hash');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 4 }),
      column,
      fc.string({ maxLength: 64 }),
      fc.nat(),
      async (index, name, text, number) => {
        const row = rows[index];
        if (!row) return;
        const value = name === 'sequence' || name === 'created_at' ? number + 10 : text;
        fc.pre(value !== row[name]);
        await update(row.sequence, { [name]: value });
        const { break: found } = await verifyAudit(database);
        await database.query.deleteFrom('audit_log').execute();
        await database.query.insertInto('audit_log').values(rows).execute();
        expect(found).toBeDefined();
      },
    ),
    { numRuns: 60 },
  );
});
