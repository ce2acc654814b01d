import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideForgotten, type RetainedFile, type Retention } from './retention.ts';

const DAY = 24 * 3600 * 1000;
const NOW = new Date('2026-11-23T12:00:00Z');

/** A collection in which each update stores some roles, a snapshot that names the current ones, and a timestamp. */
function publish(updates: readonly { readonly at: number; readonly roles: readonly string[] }[]) {
  const files: RetainedFile[] = [];
  const references = new Map<number, string[]>();
  const current = new Map<string, RetainedFile>();
  const add = (role: string, storedAt: number, named: readonly string[]): void => {
    const version = (current.get(role)?.version ?? 0) + 1;
    const file = { id: files.length, role, version, storedAt, sha256: `${role} ${version}` };
    files.push(file);
    current.set(role, file);
    references.set(file.id, [...named]);
  };
  for (const { at, roles } of updates) {
    for (const role of roles) add(role, at, []);
    const named = [...current.values()].filter(({ role }) => role !== 'snapshot' && role !== 'timestamp');
    add(
      'snapshot',
      at,
      named.map(({ sha256 }) => sha256),
    );
    add('timestamp', at, [current.get('snapshot')?.sha256 ?? '']);
  }
  return { files, current, referencesOf: ({ id }: RetainedFile) => references.get(id) ?? [] };
}

const daily = publish(
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((days) => ({
    at: NOW.getTime() - days * DAY - DAY / 2,
    roles: days === 9 ? ['root', 'targets', 'targets/a'] : days === 5 ? ['root'] : ['targets'],
  })),
);

describe('decideForgotten', () => {
  test.each([
    { keep: 'everything', retention: {}, kept: { targets: 9, timestamp: 10, root: 2 } },
    { keep: '3 versions', retention: { keepVersions: 3 }, kept: { targets: 3, timestamp: 3, root: 2, 'targets/a': 1 } },
    { keep: '1 version', retention: { keepVersions: 1 }, kept: { targets: 1, timestamp: 1, snapshot: 1, root: 2 } },
    { keep: '2 days', retention: { keepMs: 2 * DAY }, kept: { targets: 3, timestamp: 3, snapshot: 3, root: 2 } },
    {
      keep: '1 version or 4 days',
      retention: { keepVersions: 1, keepMs: 4 * DAY },
      kept: { timestamp: 5, targets: 5 },
    },
    { keep: 'what was replaced a moment ago', retention: { keepMs: 0 }, kept: { timestamp: 1, targets: 1 } },
  ])('keeps $keep', ({ retention, kept }) => {
    const full: Retention = { keepVersions: undefined, keepMs: undefined, ...retention };
    const forgotten = new Set(decideForgotten(daily.files, full, NOW, daily.referencesOf));
    const left = daily.files.filter((file) => !forgotten.has(file));
    for (const [role, count] of Object.entries(kept))
      expect(left.filter((file) => file.role === role)).toHaveLength(count);
  });

  test('keeps the chain a client is following while it was replaced within the hour', () => {
    const minutes = (ago: number) => ({ at: NOW.getTime() - ago * 60_000, roles: ['targets'] });
    const { files, referencesOf } = publish([minutes(120), minutes(90), minutes(50), minutes(1)]);
    const forgotten = decideForgotten(files, { keepVersions: 1, keepMs: undefined }, NOW, referencesOf);
    expect(forgotten.map(({ sha256 }) => sha256).sort()).toEqual(['snapshot 1', 'targets 1', 'timestamp 1']);
  });

  const update = fc.record({
    at: fc.integer({ min: NOW.getTime() - 30 * DAY, max: NOW.getTime() }),
    roles: fc.subarray(['root', 'targets', 'targets/a', 'targets/b'], { minLength: 0 }),
  });
  const retention = fc.record({
    keepVersions: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    keepMs: fc.option(fc.integer({ min: 0, max: 20 * DAY }), { nil: undefined }),
  });

  test('never breaks a chain: what is kept finds all it names, nothing current and no root is forgotten', () => {
    fc.assert(
      fc.property(fc.array(update, { minLength: 1, maxLength: 12 }), retention, (updates, rule) => {
        const ordered = [...updates].sort((a, b) => a.at - b.at);
        const { files, current, referencesOf } = publish(ordered);
        const forgotten = new Set(decideForgotten(files, rule, NOW, referencesOf));
        const left = files.filter((file) => !forgotten.has(file));
        const stored = new Set(left.map(({ sha256 }) => sha256));
        const isWhole = left.every((file) => referencesOf(file).every((sha256) => stored.has(sha256)));
        const isCurrent = [...current.values()].every((file) => !forgotten.has(file));
        return isWhole && isCurrent && [...forgotten].every(({ role }) => role !== 'root');
      }),
    );
  });
});
